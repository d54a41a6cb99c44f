"""Write the clean codes out as the 28 fields of the table, with the dirt that people and forms bring in."""

import numpy as np
import polars as pl

from leadscore.sample.accounts import BUCKET, CATCH_ALL
from leadscore.sample.catalogue import NO_COUNTRY
from leadscore.sample.draws import Codes
from leadscore.sample.places import CITIES
from leadscore.sample.spellings import FloatArray
from leadscore.sample.world import World

FIELDS = (
    *(
        "bant_submit",
        "customer_country",
        "business_unit",
        "com_reg_ver_win_rate",
        "customer_idx",
        "customer_type",
    ),
    *("enterprise", "historical_existing_cnt", "id_strategic_ver", "it_strategic_ver", "idit_strategic_ver"),
    *("customer_job", "lead_desc_length", "inquiry_type", "product_category", "product_subcategory"),
    *(
        "product_modelname",
        "customer_country.1",
        "customer_position",
        "response_corporate",
        "expected_timeline",
    ),
    *("ver_cus", "ver_pro", "ver_win_rate_x", "ver_win_ratio_per_bu", "business_area", "business_subarea"),
    "lead_owner",
)

CATCH_ALL_ID, BUCKET_ID, FIRST_ID = 101, 202, 1001
SPACE_FROM = 0.6  # share of the time gone by when the form began to put a space after the slash
PLAIN_TEXTS = (
    *("business_unit", "enterprise", "customer_type", "customer_job", "inquiry_type", "product_category"),
    *(
        "product_subcategory",
        "product_modelname",
        "customer_position",
        "response_corporate",
        "expected_timeline",
    ),
    *("business_area", "business_subarea"),
)

# What comes before the country: nothing, or a city, and a space in newer rows.
_PREFIXES = pl.Series(["", *(f"/{city}/{space}" for space in ("", " ") for city in ("", *CITIES))])


def write_fields(world: World, rng: np.random.Generator, codes: Codes, when: FloatArray) -> pl.DataFrame:
    """Return the frame [rows x 28] that shows the codes; `when` [rows] is the share of the time gone by."""
    texts = {field: world.lexicons[field].write(rng.random(len(when)), codes[field]) for field in PLAIN_TEXTS}
    country = _countries(world, rng, codes, when)
    places = {"customer_country": country, "customer_country.1": country}
    columns = {**texts, **places, **_numbers(world, codes), **_strategic(codes), **_win_rates(world, codes)}
    return pl.DataFrame([columns[field].alias(field) for field in FIELDS])


def _countries(world: World, rng: np.random.Generator, codes: Codes, when: FloatArray) -> pl.Series:
    """`/city/country`, often without a city; what names no country stands alone."""
    lexicon, country = world.lexicons["customer_country"], codes["customer_country"]
    spaced = (when > SPACE_FROM) & (rng.random(len(when)) < when)
    prefix = 2 + codes["city"] + spaced * (1 + len(CITIES))
    prefix[country == lexicon.names.index(NO_COUNTRY)] = 0
    return _PREFIXES.gather(prefix) + lexicon.write(rng.random(len(when)), country)


def _numbers(world: World, codes: Codes) -> dict[str, pl.Series]:
    account, history = codes["account"], pl.Series(codes["history"])
    special = [account == CATCH_ALL, account == BUCKET]
    return {
        "bant_submit": pl.Series(codes["bant"] / 4),
        "customer_idx": pl.Series(np.select(special, [CATCH_ALL_ID, BUCKET_ID], default=FIRST_ID + account)),
        "historical_existing_cnt": history.set(history < 0, None),
        "lead_desc_length": pl.Series(codes["length"]),
        "ver_cus": pl.Series(codes["ver_cus"]),
        "ver_pro": pl.Series(codes["ver_pro"]),
        "lead_owner": pl.Series(world.owners.ids[codes["owner"]]),
    }


def _strategic(codes: Codes) -> dict[str, pl.Series]:
    """1 or null; the third is the OR of the first two."""
    by_id, by_it = codes["id_strategic_ver"], codes["it_strategic_ver"]
    flags = {"id_strategic_ver": by_id, "it_strategic_ver": by_it, "idit_strategic_ver": by_id | by_it}
    return {field: pl.Series(flag).set(pl.Series(flag == 0), None) for field, flag in flags.items()}


def _win_rates(world: World, codes: Codes) -> dict[str, pl.Series]:
    area, unit = codes["business_area"], codes["business_unit"]
    region = world.lexicons["response_corporate"].parents[codes["response_corporate"]]
    rates = {
        "ver_win_rate_x": world.area_rates[area],
        "ver_win_ratio_per_bu": world.unit_rates[unit, area],
        "com_reg_ver_win_rate": world.region_rates[unit, area, region],
    }
    return {field: pl.Series(rate, nan_to_null=True) for field, rate in rates.items()}
