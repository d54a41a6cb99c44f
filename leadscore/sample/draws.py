"""Draw what each lead is and shows, as clean codes: `fields.py` writes them, `truth.py` says what they mean.

`Codes` maps a name to an array [rows]. The names are those of the fields, but for `account` (`accounts.py`),
`bant` (quarters of `bant_submit`), `city` (position in `CITIES`), `history` and `length` (the two counts) and
`owner` (position in the world's sellers). -1 says that the lead does not show the field.
"""

import numpy as np

from leadscore.sample.accounts import draw_accounts, stable_uniform
from leadscore.sample.catalogue import NO_COUNTRY
from leadscore.sample.places import CITIES
from leadscore.sample.spellings import FloatArray, IntArray
from leadscore.sample.world import Owners, World

Codes = dict[str, IntArray]

NULL_SHARES = {
    "customer_country": 0.02,
    "customer_type": 0.74,
    "customer_job": 0.32,
    "inquiry_type": 0.02,
    "customer_position": 0.0,  # "none" is a string there
    "expected_timeline": 0.52,
    "product_category": 0.33,
    "business_area": 0.69,
}
SUBAREA_NULL_SHARE = 0.71  # of the leads that show their area
SUBCATEGORY_NULL_SHARE = 0.76  # of the leads that show their product
OWN_UNIT_SHARE = 0.92
UNREADABLE_SHARE = 0.008
NO_CITY_SHARE = 0.67
MEDIA_FROM, MEDIA_SHARE = 0.85, 0.4
HISTORY_NULL_SHARE, LARGEST_HISTORY = 0.77, 1394
LENGTH_3_SHARE, LENGTH_14_SHARE = 0.10, 0.08
BUDGET_SHARE = 0.35
FLAG_SHARES = {"id_strategic_ver": 0.06, "it_strategic_ver": 0.018, "ver_cus": 0.05, "ver_pro": 0.06}


def draw_codes(world: World, rng: np.random.Generator, first: int, when: FloatArray) -> Codes:
    """Draw the leads from position `first` on; `when` [rows] is the share of the time gone by."""
    account = draw_accounts(rng, first, when)
    # The ids that are no accounts look different in each lead.
    likeness = np.where(account < 0, -1 - first - np.arange(len(when)), account)
    codes = {
        "account": account,
        "enterprise": world.lexicons["enterprise"].draw(stable_uniform(likeness, 2)),
        **_places(world, rng, likeness, when),
        **_texts(world, rng, when),
        **_areas(world, rng, len(when)),
        **_products(world, rng, len(when)),
        **_counts(rng, len(when)),
        **{field: _flag(rng, len(when), share) for field, share in FLAG_SHARES.items()},
    }
    return {**codes, "bant": _bant(world, rng, codes)}


def _flag(rng: np.random.Generator, count: int, share: float) -> IntArray:
    return (rng.random(count) < share).astype(np.int64)


def _hide(rng: np.random.Generator, codes: IntArray, share: float) -> IntArray:
    return np.where(rng.random(len(codes)) < share, -1, codes)


def _places(world: World, rng: np.random.Generator, likeness: IntArray, when: FloatArray) -> Codes:
    lexicon = world.lexicons["customer_country"]
    country = lexicon.draw(stable_uniform(likeness, 3))
    subsidiary = world.catalogue.subsidiary_of_country[country]
    unreadable = rng.random(len(when)) < UNREADABLE_SHARE
    shown = np.where(unreadable, lexicon.names.index(NO_COUNTRY), country)
    return {
        "customer_country": _hide(rng, shown, NULL_SHARES["customer_country"]),
        "city": _hide(rng, (stable_uniform(likeness, 4) ** 2 * len(CITIES)).astype(np.int64), NO_CITY_SHARE),
        "response_corporate": subsidiary,
        "owner": _draw_owners(world.owners, rng.random(len(when)), subsidiary, when),
    }


def _draw_owners(owners: Owners, uniform: FloatArray, subsidiary: IntArray, when: FloatArray) -> IntArray:
    """A seller of the subsidiary; its first one stands in for a seller who has not started yet."""
    owner = owners.members.draw(uniform, subsidiary)
    return np.where(owners.starts[owner] > when, owners.members.bounds[subsidiary], owner)


def _texts(world: World, rng: np.random.Generator, when: FloatArray) -> Codes:
    count = len(when)
    fields = ("customer_type", "customer_job", "customer_position", "expected_timeline")
    codes = {field: _draw_text(world, rng, field, count) for field in fields}
    inquiry = world.lexicons["inquiry_type"].draw(rng.random(count))
    other, media = (world.lexicons["inquiry_type"].names.index(name) for name in ("Other", "Media Inquiry"))
    renamed = (inquiry == other) & (when > MEDIA_FROM) & (rng.random(count) < MEDIA_SHARE)
    inquiry = _hide(rng, np.where(renamed, media, inquiry), NULL_SHARES["inquiry_type"])
    return {**codes, "inquiry_type": inquiry}


def _draw_text(world: World, rng: np.random.Generator, field: str, count: int) -> IntArray:
    return _hide(rng, world.lexicons[field].draw(rng.random(count)), NULL_SHARES[field])


def _areas(world: World, rng: np.random.Generator, count: int) -> Codes:
    area = _draw_text(world, rng, "business_area", count)
    subarea = world.lexicons["business_subarea"].draw(rng.random(count), area)
    return {"business_area": area, "business_subarea": _hide(rng, subarea, SUBAREA_NULL_SHARE)}


def _products(world: World, rng: np.random.Generator, count: int) -> Codes:
    product = world.lexicons["product_category"].draw(rng.random(count))
    any_unit = world.lexicons["business_unit"].draw(rng.random(count))
    own_unit = rng.random(count) < OWN_UNIT_SHARE
    shown = _hide(rng, product, NULL_SHARES["product_category"])
    family = np.where(shown < 0, -1, world.catalogue.first_product[shown])
    family = _hide(rng, family, SUBCATEGORY_NULL_SHARE)
    subcategory = world.lexicons["product_subcategory"].draw(rng.random(count), family)
    return {
        "business_unit": np.where(own_unit, world.catalogue.unit_of_product[product], any_unit),
        "product_category": shown,
        "product_subcategory": subcategory,
        "product_modelname": world.lexicons["product_modelname"].draw(rng.random(count), subcategory),
    }


def _counts(rng: np.random.Generator, count: int) -> Codes:
    history = np.minimum(np.exp(rng.normal(1.6, 1.35, count)), LARGEST_HISTORY).astype(np.int64)
    length = np.maximum(np.exp(rng.normal(3.9, 1.1, count)), 1).astype(np.int64)
    spike = rng.random(count)
    spikes = [spike < LENGTH_3_SHARE, spike < LENGTH_3_SHARE + LENGTH_14_SHARE]
    return {
        "history": _hide(rng, history, HISTORY_NULL_SHARE),
        "length": np.select(spikes, [3, 14], default=length),
    }


def _bant(world: World, rng: np.random.Generator, codes: Codes) -> IntArray:
    """How many of budget, title, needs and timeline are filled in."""
    titled = ~world.lexicons["customer_position"].is_one_of(codes["customer_position"], ["none"])
    filled = [titled, codes["product_category"] >= 0, codes["expected_timeline"] >= 0]
    budgeted = _flag(rng, len(titled), BUDGET_SHARE)
    return np.asarray(budgeted + np.sum(filled, axis=0), np.int64)
