"""The world that the example leads come from: who sells, where, what, and how much each fact moves a lead.

Everything here follows from the seed alone, so that tables of any size share one truth. An array of effects
has one entry per code of its field and a last one for "missing", which code -1 reaches.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from leadscore.sample.catalogue import Catalogue, make_catalogue
from leadscore.sample.places import REGIONS
from leadscore.sample.spellings import FloatArray, IntArray, Lexicon, Partition

OWNERS = 984
LATE_OWNER_SHARE = 0.04
OWNER_STEEPNESS = 1.6
BUSY_SHARE = 0.004  # of all leads, for one seller
BUSY_SPREAD, IDLE_SPREAD, SUBSIDIARY_SPREAD = 1.6, 0.15, 0.4
MISSING_EFFECT = -0.2
SPREAD = {
    "customer_country": 0.2,
    "business_unit": 0.05,
    "enterprise": 0.05,
    "customer_type": 0.1,
    "customer_job": 0.08,
    "inquiry_type": 0.1,
    "product_category": 0.1,
    "product_subcategory": 0.1,
    "customer_position": 0.1,
    "expected_timeline": 0.1,
    "business_area": 0.15,
    "business_subarea": 0.08,
}  # of what the seed adds to each value's effect in the vocabulary, in log-odds before scaling


@dataclass(frozen=True)
class Owners:
    """The sellers: `members` draws one given the subsidiary, whose first seller has always been there.

    `ids`, `starts` (share of the time gone by before the first lead) and `effects` have one entry per seller.
    """

    members: Partition
    ids: IntArray
    starts: FloatArray
    effects: FloatArray


@dataclass(frozen=True)
class World:
    """The values of each field and their effects by field name, the sellers, and rates computed upstream.

    `area_rates` [areas + 1], `unit_rates` [units, areas + 1] and `region_rates` [units, areas + 1, regions]
    are NaN where the upstream system has none, which includes the last area, "missing".
    """

    seed: int
    catalogue: Catalogue
    effects: dict[str, FloatArray]
    owners: Owners
    area_rates: FloatArray
    unit_rates: FloatArray
    region_rates: FloatArray

    @property
    def lexicons(self) -> dict[str, Lexicon]:
        """The values of each text field and their spellings, by field name."""
        return self.catalogue.lexicons


def make_world(seed: int) -> World:
    """Draw the world of this seed."""
    rng = np.random.default_rng([seed, 0])
    catalogue = make_catalogue(rng)
    effects = {field: _effects(rng, catalogue.lexicons[field], spread) for field, spread in SPREAD.items()}
    area_rates, unit_rates, region_rates = _rates(rng, effects["business_area"], effects["business_unit"])
    return World(
        seed=seed,
        catalogue=catalogue,
        effects=effects,
        owners=_owners(rng, catalogue.lexicons["response_corporate"]),
        area_rates=area_rates,
        unit_rates=unit_rates,
        region_rates=region_rates,
    )


def _effects(rng: np.random.Generator, lexicon: Lexicon, spread: float) -> FloatArray:
    return np.append(lexicon.effects, MISSING_EFFECT) + rng.normal(0.0, spread, len(lexicon.effects) + 1)


def _owners(rng: np.random.Generator, subsidiaries: Lexicon) -> Owners:
    """Share the sellers out by the volume of their subsidiary; within one, a few take most of the leads."""
    volume = np.diff(subsidiaries.members.cumulative)
    counts = 1 + np.floor((OWNERS - len(volume)) * volume / volume.sum()).astype(np.int64)
    counts[np.argmax(volume)] += OWNERS - counts.sum()
    members = Partition.of([_steep(count, share) for count, share in zip(counts, volume / volume.sum(), strict=True)])
    late = rng.random(OWNERS) < LATE_OWNER_SHARE
    late[members.bounds[:-1]] = False
    starts = np.where(late, rng.uniform(0.75, 0.98, OWNERS), 0.0)
    shared = np.repeat(rng.normal(0.0, SUBSIDIARY_SPREAD, len(counts)), counts)
    own = np.where(np.diff(members.cumulative) > BUSY_SHARE, BUSY_SPREAD, IDLE_SPREAD)
    effects = shared + own * rng.normal(0.0, 1.0, OWNERS)
    return Owners(members, rng.permutation(OWNERS) + 1, starts, effects)


def _steep(count: int, total: float) -> list[float]:
    weights = np.arange(1, count + 1) ** -OWNER_STEEPNESS
    return [float(weight) for weight in total * weights / weights.sum()]


def _rates(
    rng: np.random.Generator, area_effects: FloatArray, unit_effects: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Rates of conversion by area, unit x area and unit x area x region, as of a date that nobody knows."""
    areas, units, regions = len(area_effects), len(unit_effects) - 1, len(REGIONS)
    by_area = area_effects + rng.normal(-2.4, 0.2, areas)
    by_area[-1] = np.nan
    by_unit = by_area + unit_effects[:-1, None] + rng.normal(0.0, 0.3, (units, areas))
    # The small units, and the second unit in some areas, have too few leads for a rate of their own.
    by_unit[2:] = np.nan
    by_unit[1, [4, 5]] = np.nan
    by_region = by_unit[:, :, None] + rng.normal(0.0, 0.3, (units, areas, regions))
    by_region[:, :, list(REGIONS).index("CIS")] = np.nan
    return expit(by_area).round(6), expit(by_unit).round(6), expit(by_region).round(3)
