import numpy as np
import polars as pl
import pytest

from leadscore.explore.strength import MOST_LEADS, overlap, sample, trial

N = 4000
RNG = np.random.default_rng(3)
WON = (RNG.random(N) < 0.3).astype(int)
SIZE = WON + RNG.normal(0, 1, N)
READ = pl.DataFrame(
    {"size": SIZE, "double": 2 * SIZE + 1, "noise": RNG.normal(0, 1, N), "code": [f"c{i % 40}" for i in range(N)]}
)


def test_a_column_alone_is_as_good_as_its_auc() -> None:
    found = trial(READ, pl.Series(WON), seed=0).strength
    assert found["size"] == pytest.approx(0.76, abs=0.03), "of two normal laws one standard deviation apart"
    assert found["noise"] == pytest.approx(0.5, abs=0.03)
    assert found["code"] == pytest.approx(0.5, abs=0.03), "codes do not know the leads by name"


def test_the_overlap_is_that_of_the_theory() -> None:
    third = pl.Series("third", SIZE + RNG.normal(0, 1, N))
    read = READ.select("size", "noise").with_columns(third)
    found = overlap(read, {})
    assert found is not None
    r = np.corrcoef(SIZE, third)[0, 1]
    assert found.pairs[0][:2] == ("size", "third")
    assert dict(zip(found.names, found.inflation, strict=True))["size"] == pytest.approx(1 / (1 - r**2), rel=0.02)
    copied = overlap(READ.select("size", "double", "noise"), {})
    assert copied is not None
    assert copied.pairs[0] == ("size", "double", pytest.approx(1))
    assert copied.inflation[:2].min() > 1000


def test_text_takes_part_by_its_scores() -> None:
    found = overlap(READ, {"code": SIZE})
    assert found is not None
    assert ("size", "code", pytest.approx(1)) in found.pairs
    without = overlap(READ, {})
    assert without is not None
    assert "code" not in without.names


def test_columns_that_do_not_vary_are_no_columns() -> None:
    assert overlap(pl.DataFrame({"one": [1.0] * 9, "two": [float(i) for i in range(9)]}), {}) is None
    assert overlap(pl.DataFrame(), {}) is None


def test_the_sample_holds_known_leads_alone_and_is_empty_where_they_are_too_few() -> None:
    outcome = pl.Series([1, 0, None] * 40, dtype=pl.Int8)
    assert outcome[sample(outcome, 0)].null_count() == 0
    assert len(sample(outcome, 0)) == 80
    assert len(sample(pl.Series([1] * 100, dtype=pl.Int8), 0)) == 0
    assert len(sample(pl.Series([1, 0] * 10, dtype=pl.Int8), 0)) == 0
    assert len(sample(pl.Series([1, 0] * MOST_LEADS, dtype=pl.Int8), 0)) == MOST_LEADS
