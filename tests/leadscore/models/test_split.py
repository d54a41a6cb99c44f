import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leadscore.errors import NotEnoughLeads
from leadscore.models import split as module
from leadscore.models.split import Split, folds, group_ids, hashed, split

Labels = NDArray[np.int64]

IDS = np.arange(100)


@st.composite
def labelled(draw: st.DrawFn) -> tuple[NDArray[np.int64], Labels]:
    """Up to 80 leads: a small number each (a day, or an account; ties abound) and an outcome."""
    n = draw(st.integers(20, 80))
    numbers = draw(st.lists(st.integers(0, 30), min_size=n, max_size=n))
    converted = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    return np.array(numbers), np.array(converted)


def split_or_skip(order: NDArray[np.int64] | None, account: NDArray[np.int64] | None, converted: Labels) -> Split:
    try:
        return split(np.arange(len(converted)), order, account, converted, share=0.4, seed=1)
    except NotEnoughLeads:
        assume(False)
        raise


def assert_every_lead_is_on_one_side(parts: Split, n: int) -> None:
    assert sorted([*parts.train, *parts.holdout]) == list(range(n))


@settings(deadline=None)
@given(labelled())
def test_no_lead_of_the_training_side_is_as_late_as_the_holdout(data: tuple[NDArray[np.int64], Labels]) -> None:
    order, converted = data
    parts = split_or_skip(order, None, converted)
    assert_every_lead_is_on_one_side(parts, len(order))
    assert order[parts.train].max() < order[parts.holdout].min()


@settings(deadline=None)
@given(labelled())
def test_the_holdout_by_time_is_as_large_as_ties_allow(data: tuple[NDArray[np.int64], Labels]) -> None:
    order, converted = data
    parts = split_or_skip(order, None, converted)
    assert len(parts.holdout) <= 0.4 * len(order)
    before = order[parts.train].max()
    assert (order >= before).sum() > 0.4 * len(order), "it could have begun earlier"


def test_exactly_the_latest_leads_are_held_out() -> None:
    order = np.arange(100)[::-1]
    parts = split(IDS, order, None, np.tile([1, 0], 50), share=0.2, seed=1)
    assert parts.holdout.tolist() == list(range(20))
    assert parts.train.tolist() == list(range(20, 100))


def test_leads_without_a_time_count_as_the_oldest() -> None:
    order = np.array(["2026-01-01", "NaT", "2026-01-03", "2026-01-02"] * 10, dtype="datetime64[us]")
    converted = np.array([[1, 0, 1, 0]] * 5 + [[0, 1, 0, 1]] * 5).ravel()
    parts = split(IDS[:40], order, None, converted, share=0.3, seed=1)
    assert set(order[parts.holdout].astype(str)) == {"2026-01-03T00:00:00.000000"}


@settings(deadline=None)
@given(labelled())
def test_a_holdout_by_account_shares_no_account_with_training(data: tuple[NDArray[np.int64], Labels]) -> None:
    account, converted = data
    parts = split_or_skip(None, account, converted)
    assert_every_lead_is_on_one_side(parts, len(account))
    assert not set(account[parts.train]) & set(account[parts.holdout])
    assert len(parts.holdout) <= 0.4 * len(account)


def test_a_bucket_does_not_decide_the_holdout_by_account() -> None:
    rng = np.random.default_rng(3)
    account = np.concatenate([np.zeros(400, np.int64), rng.integers(1, 800, 3600)])
    converted = np.concatenate([np.ones(400, np.int64), (rng.random(3600) < 0.1).astype(np.int64)])
    for seed in range(20):
        parts = split(np.arange(4000), None, account, converted, share=0.2, seed=seed)
        assert 790 <= len(parts.holdout) <= 800
        assert 0 not in account[parts.holdout]


def test_accounts_may_be_text_with_missing_ones_and_those_are_accounts_of_their_own() -> None:
    account = np.array(["a", None, "b", "a", None], dtype=object)
    ids = group_ids(account).tolist()
    assert ids[0] == ids[3]
    assert len(set(ids)) == 4
    assert len(set(group_ids(np.array([None, "a", "a"], dtype=object)).tolist())) == 2


@settings(deadline=None)
@given(labelled())
def test_without_order_and_account_the_holdout_has_the_base_rate(data: tuple[NDArray[np.int64], Labels]) -> None:
    _, converted = data
    parts = split_or_skip(None, None, converted)
    assert_every_lead_is_on_one_side(parts, len(converted))
    held = converted[parts.holdout]
    assert held.sum() == int(0.4 * converted.sum())
    assert (1 - held).sum() == int(0.4 * (1 - converted).sum())


@pytest.mark.parametrize("by_account", [False, True])
def test_next_week_holds_out_the_same_leads_whatever_their_order(by_account: bool) -> None:
    rng = np.random.default_rng(4)
    ids, converted = rng.permutation(5500), (rng.random(5500) < 0.1).astype(np.int64)
    account = np.where(ids % 7 > 0, (ids // 4).astype(str), None) if by_account else None
    before, after = np.flatnonzero(ids < 5000), np.arange(5500)
    held = []
    for rows in (before, rng.permutation(after)):
        parts = split(ids[rows], None, None if account is None else account[rows], converted[rows], share=0.2, seed=7)
        held.append(set(ids[rows][parts.holdout]))
    assert len(held[0] & held[1]) > 0.95 * len(held[0])
    assert len({each for each in held[1] if each < 5000} - held[0]) < 0.05 * len(held[0])


def test_hashes_are_the_same_on_every_machine_and_differ_by_seed() -> None:
    assert hashed(np.array([1, 2])).tolist() == [5061592128330581770, 16183598969868284219]
    assert hashed(np.array(["1", "2"], dtype=object)).tolist() == hashed(np.array([1, 2])).tolist()
    assert hashed(np.array([1]), seed=1) != hashed(np.array([1]))
    drawn = hashed(np.arange(2000), seed=3) / 2**64
    assert np.histogram(drawn, bins=4, range=(0, 1))[0] == pytest.approx(500, abs=80)


@pytest.mark.parametrize("converted", [np.zeros(100, np.int64), np.ones(100, np.int64)])
def test_one_outcome_only_is_refused(converted: Labels) -> None:
    for order, account in ((np.arange(100), None), (None, np.arange(100)), (None, None)):
        with pytest.raises(NotEnoughLeads):
            split(IDS, order, account, converted, share=0.2, seed=1)


def test_a_last_tie_larger_than_the_holdout_may_be_is_refused() -> None:
    with pytest.raises(NotEnoughLeads, match="share the latest time"):
        split(IDS, np.repeat([1, 2], 50), None, np.tile([0, 1], 50), share=0.2, seed=1)


@settings(deadline=None)
@given(labelled(), st.booleans())
def test_folds_partition_the_leads_and_keep_accounts_whole(
    data: tuple[NDArray[np.int64], Labels], by_account: bool
) -> None:
    account, converted = data
    try:
        pairs = folds(account if by_account else None, converted, 3, 1)
    except NotEnoughLeads:
        assume(False)
    assert sorted(np.concatenate([valid for _, valid in pairs])) == list(range(len(converted)))
    for train, valid in pairs:
        assert sorted([*train, *valid]) == list(range(len(converted)))
        assert not by_account or not set(account[train]) & set(account[valid])


def test_folds_stay_stratified_when_single_leads_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKS", 100)
    rng = np.random.default_rng(5)
    account = np.concatenate([np.arange(5000), 5000 + rng.integers(0, 50, 1000)])
    converted = (rng.random(6000) < 0.1).astype(np.int64)
    shares = [converted[valid].mean() for _, valid in folds(account, converted, 5, 1)]
    sizes = [len(valid) for _, valid in folds(account, converted, 5, 1)]
    assert max(shares) - min(shares) < 0.02
    assert max(sizes) - min(sizes) < 200


def test_each_fold_has_its_part_of_a_bucket() -> None:
    rng = np.random.default_rng(6)
    account = np.concatenate([np.full(300, -1), np.arange(2700)])
    converted = np.concatenate([np.ones(300, np.int64), (rng.random(2700) < 0.1).astype(np.int64)])
    for _, valid in folds(account, converted, 5, 1):
        assert 40 <= (account[valid] == -1).sum() <= 80


@pytest.mark.parametrize("account", [None, np.arange(20) % 2])
def test_too_few_leads_or_accounts_for_the_folds_are_refused(account: NDArray[np.int64] | None) -> None:
    few = np.array([1, 1] + [0] * 18) if account is None else np.tile([0, 1], 10)
    with pytest.raises(NotEnoughLeads, match="3 folds"):
        folds(account, few, 3, 1)
