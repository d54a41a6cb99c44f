"""The lexicons of the text fields, built from the tables in `vocabulary`, `products` and `places`."""

from dataclasses import dataclass

import numpy as np

from leadscore.sample import products, vocabulary
from leadscore.sample.places import REGIONS, UNREADABLE, Country
from leadscore.sample.spellings import IntArray, Lexicon
from leadscore.sample.vocabulary import Value

BUNDLES = 220  # picks; some are the same
BUNDLES_WEIGHT = 12.0
BUNDLE_EFFECT = 0.3  # for each product after the first
LONGEST_BUNDLE = 100  # characters; the form cuts longer lists
SERIES = 10  # subcategories of a product
NO_COUNTRY = "unreadable"


@dataclass(frozen=True)
class Catalogue:
    """The lexicons by field name and the relations between their codes."""

    lexicons: dict[str, Lexicon]
    subsidiary_of_country: IntArray
    first_product: IntArray
    unit_of_product: IntArray


def make_catalogue(rng: np.random.Generator) -> Catalogue:
    """Build the lexicons; `rng` picks the bundles of products and the model names."""
    bundles = _bundles(rng)
    units = [unit.name for unit in products.UNITS]
    first_product = np.array([*range(len(products.PRODUCTS)), *(members[0] for members in bundles)])
    lexicons = {**_plain_lexicons(), **_place_lexicons(), **_product_lexicons(rng, bundles)}
    return Catalogue(
        lexicons=lexicons,
        subsidiary_of_country=_subsidiary_of_country(lexicons["response_corporate"].names),
        first_product=first_product,
        unit_of_product=np.array([units.index(product.unit) for product in products.PRODUCTS])[first_product],
    )


def _plain_lexicons() -> dict[str, Lexicon]:
    areas = [Value(*area) for area in zip(products.AREAS, products.AREA_WEIGHTS, strict=True)]
    subareas = [[Value(name, 1 / rank) for rank, name in enumerate(names, 1)] for names in products.AREAS.values()]
    return {
        "business_unit": Lexicon.of([products.UNITS]),
        "enterprise": Lexicon.of([vocabulary.ENTERPRISE]),
        "customer_type": Lexicon.of([vocabulary.CUSTOMER_TYPES], dirt=2),
        "customer_job": Lexicon.of([vocabulary.JOBS], dirt=20),
        "inquiry_type": Lexicon.of([vocabulary.INQUIRIES], dirt=2),
        "customer_position": Lexicon.of([vocabulary.POSITIONS], dirt=5),
        "expected_timeline": Lexicon.of([vocabulary.TIMELINES], dirt=20),
        "business_area": Lexicon.of([areas]),
        "business_subarea": Lexicon.of(subareas),
    }


def _place_lexicons() -> dict[str, Lexicon]:
    countries = [Value(country.name, country.weight, 0.0, country.spellings) for country in _countries()]
    unreadable = Value(NO_COUNTRY, 0.0, 0.0, UNREADABLE)
    return {
        "customer_country": Lexicon.of([[*countries, unreadable]]),
        "response_corporate": Lexicon.of(_subsidiaries()),
    }


def _countries() -> list[Country]:
    return [country for countries in REGIONS.values() for country in countries]


def _subsidiaries() -> list[list[Value]]:
    """The subsidiaries of each region; one that serves two regions belongs to the first."""
    weights: dict[str, float] = {}
    region_of: dict[str, str] = {}
    for region, countries in REGIONS.items():
        for country in countries:
            weights[country.subsidiary] = weights.get(country.subsidiary, 0.0) + country.weight
            region_of.setdefault(country.subsidiary, region)
    return [[Value(code, weights[code]) for code, at in region_of.items() if at == region] for region in REGIONS]


def _subsidiary_of_country(subsidiaries: tuple[str, ...]) -> IntArray:
    return np.array([subsidiaries.index(country.subsidiary) for country in _countries()])


def _product_lexicons(rng: np.random.Generator, bundles: list[list[int]]) -> dict[str, Lexicon]:
    singles = [Value(*product[1:]) for product in products.PRODUCTS]
    weights = BUNDLES_WEIGHT / np.arange(3, len(bundles) + 3) / np.log(len(bundles))
    bundled = [_bundle(members, float(weight)) for members, weight in zip(bundles, weights, strict=True)]
    series = [
        [Value(f"{product.name} series {rank}", 1 / rank) for rank in range(1, SERIES + 1)] for product in singles
    ]
    models = [_models(rng) for group in series for _ in group]
    return {
        "product_category": Lexicon.of([[*singles, *bundled]], dirt=1),
        "product_subcategory": Lexicon.of(series),
        "product_modelname": Lexicon.of(models),
    }


def _bundles(rng: np.random.Generator) -> list[list[int]]:
    """Pick the products of each multi-select, two to five of one, the most wanted products more often."""
    weights = np.array([product.weight for product in products.PRODUCTS])
    sizes = rng.choice([2, 3, 4, 5], size=BUNDLES, p=[0.55, 0.25, 0.12, 0.08])
    picks = [rng.choice(len(weights), size, replace=False, p=weights / weights.sum()) for size in sizes]
    # Two bundles that read the same would be one value with two effects.
    distinct = {_bundle_text(members): members for members in (sorted(pick.tolist()) for pick in picks)}
    return list(distinct.values())


def _bundle_text(members: list[int]) -> str:
    return ",".join(products.PRODUCTS[member].name for member in members)[:LONGEST_BUNDLE]


def _bundle(members: list[int], weight: float) -> Value:
    mean_effect = sum(products.PRODUCTS[member].effect for member in members) / len(members)
    return Value(_bundle_text(members), weight, mean_effect + BUNDLE_EFFECT * (len(members) - 1))


def _models(rng: np.random.Generator) -> list[Value]:
    """Two invented model names for one subcategory."""
    return [Value(f"{size}EX{serial:04d}", 1.0) for size, serial in rng.integers([32, 0], [98, 10_000], size=(2, 2))]
