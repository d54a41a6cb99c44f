from datetime import datetime

import numpy as np
import polars as pl
import pytest

from leadscore.features.counts import EVERY, MOST, Counts, Part, added, thinned, total
from leadscore.features.inputs import TIMES, Input, Role
from leadscore.schema import Kind

INPUTS = (
    Input(name="size", source="size", kind=Kind.NUMBER),
    Input(name="place", source="place", kind=Kind.CATEGORY),
    Input(name="seller", source="seller", kind=Kind.NUMBER, role=Role.DATED_GROUP),
    Input(name="flag", source="flag", kind=Kind.BOOLEAN),
)


def part(n: int, seed: int) -> Part:
    rng = np.random.default_rng(seed)
    leads = pl.DataFrame(
        {
            "size": rng.normal(size=n),
            "place": rng.choice(["a", "b", None], n).tolist(),
            "seller": rng.integers(3, size=n).astype(str),
            "flag": 1.0,
            TIMES["known_at"]: [None if day == 9 else datetime(2025, 1, 1 + day) for day in rng.integers(10, size=n)],
        }
    )
    return Part.of(leads, rng.integers(2, size=n), seed)


def same(one: pl.DataFrame, other: pl.DataFrame) -> bool:
    return one.sort(pl.all()).equals(other.select(one.columns).sort(pl.all()))


def test_counts_of_parts_add_up_to_those_of_the_whole() -> None:
    parts = [part(300, seed) for seed in range(3)]
    leads = pl.concat([each.leads for each in parts])
    joined = Part(leads, *(np.concatenate([getattr(each, name) for each in parts]) for name in ("converted", "fold")))
    summed, whole = total([Counts.of(each, INPUTS) for each in parts]), Counts.of(joined, INPUTS)
    assert summed.by_input.keys() == whole.by_input.keys() == {EVERY, "size", "place", "seller"}
    assert all(same(summed.by_input[name], whole.by_input[name]) for name in whole.by_input)
    assert whole.base_rate == joined.converted.mean()


def test_an_outcome_that_nobody_knows_when_counts_for_no_group() -> None:
    one = part(500, 1)
    counted = Counts.of(one, INPUTS).by_input["seller"]
    assert counted["n"].sum() == one.leads[TIMES["known_at"]].count()


@pytest.mark.parametrize("n", [MOST, 30_000])
def test_many_values_are_told_by_few_that_have_the_same_quantiles(n: int) -> None:
    values = pl.Series("value", np.sort(np.random.default_rng(2).lognormal(size=n)))
    whole = pl.DataFrame({"value": values, "n": 1})
    halves = [thinned(whole[i::2]) for i in range(2)]
    found = added(*halves)
    assert found.height <= MOST
    assert found["n"].sum() == n
    asked = [0.001, 0.1, 0.5, 0.9, 0.999]
    ordered = found.sort("value")
    kept = np.quantile(ordered["value"], asked, method="inverted_cdf", weights=ordered["n"])
    places = np.searchsorted(values, kept) / n
    assert np.abs(places - asked).max() < 3 / MOST
