from datetime import datetime

import numpy as np
import polars as pl
import pytest

from leadscore.models.metrics import measure
from leadscore.models.slices import LARGEST, Slice, by_history, by_month, slices, weighted_to


def make_leads(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    probability = rng.beta(2, 5, n)
    return (rng.random(n) < probability).astype(np.int64), probability


def test_a_slice_is_judged_as_if_it_were_all_there_is() -> None:
    converted, probability = make_leads(600)
    country = ["KR", "US", None] * 200
    found = slices({"country": country}, converted, probability, 0.3, seed=1)
    assert [(each.column, each.name, each.n) for each in found] == [
        ("country", "KR", 200),
        ("country", "US", 200),
        ("country", "missing", 200),
    ]
    assert found[1].measures == measure(converted[1::3], probability[1::3], 0.3, seed=1)
    assert found[1].conversions == converted[1::3].sum()


@pytest.mark.parametrize(
    ("n", "conversions", "judged"), [(50, 10, True), (49, 20, False), (60, 9, False), (60, 51, False)]
)
def test_a_slice_of_too_few_leads_only_says_how_many(n: int, conversions: int, judged: bool) -> None:
    converted = (np.arange(n) < conversions).astype(np.int64)
    [found] = slices({"all": ["all"] * n}, converted, np.linspace(0.9, 0.1, n), 0.5, seed=1)
    assert (found.n, found.conversions, found.measures is not None) == (n, conversions, judged)


def test_the_largest_slices_of_each_column_are_shown_equals_by_name() -> None:
    names = [*"aabbccddeeffgghh", "i", *"jjj"]
    converted, probability = make_leads(len(names))
    found = slices({"first": names, "second": ["x"] * len(names)}, converted, probability, 0.3, seed=1)
    assert [each.name for each in found if each.column == "first"] == [*"jabcdefg"]
    assert len(found) == LARGEST + 1


def test_slices_go_through_json() -> None:
    [found] = slices({"all": ["all"] * 200}, *make_leads(200), 0.3, seed=1)
    assert Slice.model_validate_json(found.model_dump_json()) == found


def test_history_tells_seen_from_unseen_accounts_and_owners() -> None:
    lives = pl.DataFrame({"account_id": ["a", "b", None, "a"], "owner_id": ["x", "x", "y", None]})
    known = pl.DataFrame({"account_id": ["a", "c", None], "owner_id": ["x", None, None]})
    assert by_history(lives, known) == [
        "account seen, owner seen",
        "account not seen, owner seen",
        "account not seen, owner not seen",
        "account seen, owner not seen",
    ]
    no_owner = known.with_columns(pl.lit(None, pl.String).alias("owner_id"))
    assert by_history(lives[:2], no_owner) == ["account seen", "account not seen"]
    assert by_history(lives.clear(), known) == []
    assert by_history(lives, known.clear()) is None


def test_months_are_slices() -> None:
    assert by_month(pl.Series([datetime(2026, 3, 31, 23), datetime(2026, 4, 1), None])) == ["2026-03", "2026-04", None]


def test_weighted_leads_have_the_mix_of_the_open_leads() -> None:
    holdout, pipeline = ["a"] * 60 + ["b"] * 30 + ["c"] * 10, ["a"] * 20 + ["b"] * 20
    weight, covered = weighted_to(holdout, pipeline)
    assert (weight[:60].sum(), weight[60:90].sum(), weight[90:].sum()) == pytest.approx((50, 50, 0))
    assert covered == pytest.approx(1)


def test_weights_say_which_share_of_the_open_leads_they_stand_for() -> None:
    weight, covered = weighted_to(["a", "a", None], ["a", None, "new", "new"])
    assert covered == pytest.approx(0.5)
    assert weight[:2].sum() == pytest.approx(weight[2])
    assert weighted_to(["a", "b"], ["c"])[1] == 0
    assert weighted_to(["a", "b"], [])[1] == 0
