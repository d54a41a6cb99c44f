from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.due import is_known
from leadscore.features.history import known_at, tally
from leadscore.features.rates import GroupMap, PastMap

START = datetime(2026, 1, 1)
SCHEMA = {
    "account_id": pl.Int64,
    "owner_id": pl.String,
    "created_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
    "label": pl.Int8,
}


def day(number):
    return None if number is None else START + timedelta(days=number)


def lives(*rows):
    """Lives of (account, owner, day created, day closed, label)."""
    return pl.DataFrame(
        [(account, owner, day(created), day(closed), label) for account, owner, created, closed, label in rows],
        schema=SCHEMA,
        orient="row",
    )


lead = st.tuples(
    st.none() | st.integers(1, 3),
    st.sampled_from(["ann", "bob"]),
    st.none() | st.integers(0, 12),
    st.none() | st.integers(0, 12),
    st.none() | st.sampled_from([0, 1]),
)
histories = st.lists(lead, min_size=1, max_size=25).map(lambda rows: lives(*rows))


def test_an_outcome_counts_from_the_moment_it_was_known():
    past = known_at(lives((1, "ann", 0, 3, 1), (1, "ann", 0, 5, 0), (2, "ann", 0, 1, 1)), None)
    asked = lives(*((1, "ann", created, None, None) for created in (2, 3, 4, 5, 6)))
    found = tally(asked, past, ["account_id"])
    assert found["closed"].to_list() == [0, 0, 1, 1, 2], "a closing at the very moment is not before it"
    assert found["won"].to_list() == [0, 0, 1, 1, 1]
    assert found["days"].to_list() == [None, None, 1, 2, 1]


def test_a_lead_never_sees_its_own_outcome_even_if_it_closed_before_it_came_in():
    alone = known_at(lives((1, "ann", 5, 2, 1)), None)
    assert tally(alone, alone, ["account_id"]).row(0) == (0, 0, None)


def test_leads_without_an_account_or_a_time_have_no_history():
    past = known_at(lives((1, "ann", 0, 1, 1), (None, "ann", 0, 1, 1)), None)
    asked = lives((None, "ann", 9, None, None), (1, "ann", None, None, None))
    assert tally(asked, past, ["account_id"]).rows() == [(0, 0, None), (0, 0, None)]


def test_several_keys_must_all_agree():
    past = known_at(lives((1, "ann", 0, 1, 1), (1, "bob", 0, 1, 0), (2, "ann", 0, 1, 0)), None)
    found = tally(lives((1, "ann", 9, None, None)), past, ["account_id", "owner_id"])
    assert found.row(0) == (1, 1, 8)


def test_a_loss_counts_when_it_is_too_old_to_convert_even_if_it_closed_before():
    lost = lives((1, "ann", 0, 4, 0))
    asked = lives((1, "ann", 10, None, None), (1, "ann", 11, None, None))
    assert tally(asked, known_at(lost, 10), ["account_id"])["closed"].to_list() == [0, 1]


def test_a_source_without_lost_leads_knows_of_them_at_maturity():
    lost = lives((1, "ann", 0, None, 0))
    asked = lives((1, "ann", 10, None, None), (1, "ann", 11, None, None))
    assert tally(asked, known_at(lost, 10), ["account_id"])["closed"].to_list() == [0, 1]
    assert tally(asked, known_at(lost, None), ["account_id"])["closed"].to_list() == [0, 0]


def stored_then(leads, now, maturity_days):
    """What `lead_outcomes` held at the moment ``now``, by the rule of the night (`leadscore.due`)."""
    return leads.filter(pl.col("label").is_not_null() & is_known(now, maturity_days))


@settings(deadline=None, max_examples=100)
@given(histories, st.sampled_from([["account_id"], ["account_id", "owner_id"]]), st.sampled_from([None, 3, 6]))
def test_training_values_are_what_a_night_at_that_time_would_have_computed(leads, keys, maturity_days):
    training = tally(leads, known_at(leads, maturity_days), keys)
    for row in range(leads.height):
        now = leads["created_at"][row]
        if now is not None:
            then = known_at(stored_then(leads, now, maturity_days), maturity_days)
            assert tally(leads[row : row + 1], then, keys).equals(training[row : row + 1], null_equal=True)


@settings(deadline=None, max_examples=100)
@given(histories, st.sampled_from([None, 3]))
def test_rates_in_training_are_those_that_a_training_at_that_time_would_have_frozen(leads, maturity_days):
    known = known_at(leads.filter(pl.col("label").is_not_null()), maturity_days)
    if known.is_empty():
        return
    converted = known["label"].to_numpy().astype(float)
    learned, training = GroupMap.learn(known["owner_id"], converted, known, 7, source="owner")
    for row in range(known.height):
        now = known["created_at"][row]
        if now is not None:
            then = known_at(stored_then(known.drop("known_at"), now, maturity_days), maturity_days)
            then = then.filter(pl.col("known_at") < now)  # a night that begins at the very moment
            if then.is_empty():
                assert training[row, 0] == pytest.approx(learned.prior)
                continue
            frozen, _ = GroupMap.learn(then["owner_id"], then["label"].to_numpy().astype(float), then, 7, source="o")
            frozen = frozen.model_copy(update={"prior": learned.prior})
            assert frozen.transform(known["owner_id"][row : row + 1])[0, 0] == training[row, 0]


@settings(deadline=None, max_examples=50)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(leads, random):
    known = known_at(leads, None)
    order = list(range(leads.height))
    random.shuffle(order)
    whole = tally(leads, known, ["account_id"])
    assert tally(leads[order], known[order[::-1]], ["account_id"]).equals(whole[order], null_equal=True)


@settings(deadline=None, max_examples=50)
@given(histories, st.integers(0, 12))
def test_outcomes_that_were_not_known_yet_change_nothing(leads, border):
    later = pl.col("closed_at") >= day(border)
    flipped = leads.with_columns(pl.when(later).then(1 - pl.col("label")).otherwise("label").alias("label"))
    early = leads.filter(pl.col("created_at") <= day(border))
    before = tally(early, known_at(leads, None), ["account_id"])
    assert tally(early, known_at(flipped, None), ["account_id"]).equals(before, null_equal=True)


def test_few_outcomes_stay_near_the_prior():
    tallies = pl.DataFrame({"closed": [0.0, 1.0, 45.0], "won": [0.0, 1.0, 45.0], "days": [None, 2.0, 3.0]})
    column, _ = PastMap.learn(tallies.to_struct("h"), pl.Series([0.0] * 9 + [1.0]).to_numpy(), source="h")
    features = column.transform(tallies.to_struct("h"))
    assert features[:, 1] == pytest.approx([0.1, 1.5 / 6, 45.5 / 50], rel=1e-6)
    assert features[:, 0].tolist() == [0, 1, 45]
    assert column.display(tallies.to_struct("h")).to_list() == [
        "none yet",
        "1 of 1 earlier leads converted",
        "45 of 45 earlier leads converted",
    ]
