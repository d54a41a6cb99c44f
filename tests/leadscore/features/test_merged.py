"""What is learned from partitions, beside what one machine learns from all leads at once."""

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from leadscore.features.categories import conversion_rates
from leadscore.features.counts import Counts, Part, total
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import TIMES, Input, Role
from leadscore.features.merged import Merged, smoothed
from leadscore.schema import Kind

N, PARTITIONS = 6000, 7
INPUTS = (
    Input(name="size", source="size", kind=Kind.NUMBER),
    Input(name="few", source="few", kind=Kind.NUMBER),
    Input(name="flag", source="flag", kind=Kind.BOOLEAN),
    Input(name="age", source="age", kind=Kind.DATE),
    Input(name="place", source="place", kind=Kind.CATEGORY),
    Input(name="account", source="account", kind=Kind.CATEGORY, role=Role.IDENTIFIER),
    Input(name="past", source="past", kind=Kind.NUMBER, role=Role.PAST),
    Input(name="seller", source="seller", kind=Kind.NUMBER, role=Role.GROUP),
    Input(name="dated seller", source="dated seller", kind=Kind.NUMBER, role=Role.DATED_GROUP),
)


@pytest.fixture(scope="module")
def leads() -> pl.DataFrame:
    rng = np.random.default_rng(3)
    seller = rng.integers(40, size=N).astype(str)
    created = [datetime(2025, 1, 1) + timedelta(hours=float(hours)) for hours in np.sort(rng.uniform(0, 8000, N))]
    closed = [time + timedelta(days=float(days)) for time, days in zip(created, rng.uniform(1, 60, N), strict=True)]
    never = rng.random(N) < 0.1
    return pl.DataFrame(
        {
            "size": np.where(rng.random(N) < 0.1, np.nan, rng.lognormal(5, 2, N).round(2)),
            "few": rng.integers(5, size=N).astype(float),
            "flag": rng.integers(2, size=N).astype(float),
            "age": rng.integers(-10, 4000, size=N).astype(float),
            "place": [
                f"town {'abcdefghijklmnopqrstuvwxyz'[i % 26] * 3}" if i < 60 else None for i in rng.integers(70, size=N)
            ],
            "account": rng.geometric(0.002, size=N).astype(str),
            "past": [{"closed": 2.0, "won": 1.0, "days": 3.0}] * N,
            "seller": seller,
            "dated seller": seller,
            TIMES["created_at"]: created,
            TIMES["known_at"]: [None if no else time for time, no in zip(closed, never, strict=True)],
        },
        nan_to_null=True,
    )


@pytest.fixture(scope="module")
def converted(leads: pl.DataFrame) -> np.ndarray:
    rng = np.random.default_rng(4)
    return (rng.random(N) < 0.05 + 0.01 * (leads["seller"].cast(pl.Int64) % 30).to_numpy()).astype(np.int64)


@pytest.fixture(scope="module")
def parts(leads: pl.DataFrame, converted: np.ndarray) -> list[Part]:
    which = np.random.default_rng(5).integers(PARTITIONS, size=N)
    return [Part.of(leads.filter(pl.Series(which == i)), converted[which == i], seed=i) for i in range(PARTITIONS)]


@pytest.fixture(scope="module")
def merged(parts: list[Part]) -> Merged:
    return Merged.learn(total([Counts.of(part, INPUTS) for part in parts]), INPUTS)


def test_the_map_of_all_partitions_is_that_of_one_machine(
    leads: pl.DataFrame, converted: np.ndarray, merged: Merged
) -> None:
    alone, _ = FeatureMap.learn(leads, converted.astype(np.float64), INPUTS, seed=1)
    for one, other in zip(alone.columns, merged.features.columns, strict=True):
        same, found = one.model_dump(), other.model_dump()
        for name in {"rates", "low", "high", "edges", "bands"} & same.keys():
            if name != "bands":
                assert np.allclose(same[name], found[name], rtol=2e-2, atol=1e-6), (one.column, name)
            same.pop(name), found.pop(name)
        assert found == same


def test_night_reads_leads_alike_by_both_maps(leads: pl.DataFrame, converted: np.ndarray, merged: Merged) -> None:
    alone, _ = FeatureMap.learn(leads, converted.astype(np.float64), INPUTS, seed=1)
    here, there = alone.transform(leads), merged.features.transform(leads)
    assert merged.features.sources == alone.sources
    assert merged.features.coded == alone.coded
    clipped = np.isclose(here, there, rtol=2e-2, equal_nan=True)
    assert clipped.mean() > 0.999


def test_cross_fitted_rates_know_nothing_of_the_lead_s_own_outcome(parts: list[Part], merged: Merged) -> None:
    first, own = parts[0], parts[0].converted.copy()
    own[0] = 1 - own[0]
    turned = [Part(first.leads, own, first.fold), *parts[1:]]
    other = Merged.learn(total([Counts.of(part, INPUTS) for part in turned]), INPUTS)
    before, after = merged.matrix(first, INPUTS), other.matrix(turned[0], INPUTS)
    rates = np.isin(merged.features.sources, ["place", "account", "seller"])
    assert np.array_equal(before[0, rates], after[0, rates])
    assert not np.array_equal(before[:, rates], after[:, rates]), "those of the other folds know it"


def test_a_group_s_rate_in_training_is_what_was_known_the_day_before(
    leads: pl.DataFrame, parts: list[Part], merged: Merged
) -> None:
    part = parts[2]
    found = merged.matrix(part, INPUTS)[:, -1]
    row = part.leads.row(200, named=True)
    seller, created = row["dated seller"], row[TIMES["created_at"]]
    everyone = pl.concat([each.leads.with_columns(won=pl.Series(each.converted)) for each in parts])
    known = everyone.filter((pl.col("dated seller") == seller) & (pl.col(TIMES["known_at"]).dt.date() < created.date()))
    prior = np.concatenate([each.converted for each in parts]).mean()
    assert known.height >= 3
    assert found[200] == pytest.approx((known["won"].sum() + 5 * prior) / (known.height + 5), rel=1e-6)


def test_rates_are_smoothed_as_by_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    codes = rng.integers(9, size=500).astype(np.int32)
    converted = (rng.random(500) < codes / 10).astype(np.float64)
    n, won = np.bincount(codes, minlength=10), np.bincount(codes, converted, minlength=10)
    expected = conversion_rates(codes, converted, np.arange(10, dtype=np.int32))
    assert np.allclose(smoothed(n[None].astype(float), won[None])[0], expected, rtol=1e-6)
