import json
from datetime import datetime, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadscore.due import OUTCOME, Pipeline, Stored, compare, is_known, is_open, split_keys, still

NOW = datetime(2026, 1, 1)
SCAN = {
    "row_number": pl.UInt32,
    "lead_id": pl.Int64,
    "account_id": pl.String,
    "owner_id": pl.String,
    "label": pl.Int8,
    "created_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
    "lead_updated_at": pl.Datetime("us"),
    "row_hash": pl.String,
    "unreadable": pl.String,
}
SCORES = {
    "lead_id": pl.Int64,
    "model_version": pl.String,
    "rules_version": pl.String,
    "lead_updated_at": pl.Datetime("us"),
    "row_hash": pl.String,
}
QUARANTINE = {"run_id": pl.String, "row_number": pl.Int64, **SCORES}


def scan(*leads: dict[str, object]) -> pl.DataFrame:
    rows = [{"row_number": i, "lead_updated_at": NOW, **lead} for i, lead in enumerate(leads, 1)]
    return pl.DataFrame(rows, schema=SCAN)


def stored(
    scores: list[tuple[int, str, datetime]] | None = None,
    quarantine: list[tuple[int, str, str, datetime]] | None = None,
    outcomes: list[tuple[int, int]] | None = None,
) -> Stored:
    return Stored(
        scores=pl.DataFrame([(i, m, "r2", t, None) for i, m, t in scores or []], schema=SCORES, orient="row"),
        quarantine=pl.DataFrame(
            [("r", i, i, m, r, t, None) for i, m, r, t in quarantine or []], schema=QUARANTINE, orient="row"
        ),
        outcomes=pl.DataFrame(
            [{"lead_id": i, "label": label} for i, label in outcomes or []],
            schema={name: SCAN[name] for name in OUTCOME},
        ),
    )


def look(leads: pl.DataFrame, store: Stored, *, full: bool = False, maturity_days: float | None = None) -> Pipeline:
    sound, bad = split_keys(leads, "id")
    return compare(
        sound,
        bad,
        store,
        as_of=NOW,
        maturity_days=maturity_days,
        model_version="m2",
        rules_version="r2",
        full=full,
    )


def ids(frame: pl.DataFrame) -> list[int]:
    return frame["lead_id"].to_list()


def test_new_changed_and_otherwise_scored_leads_are_due_and_no_others() -> None:
    leads = scan(*({"lead_id": i} for i in (4, 3, 2, 1)))
    store = stored([(1, "m2", NOW), (2, "m2", NOW - timedelta(microseconds=1)), (3, "m1", NOW)])
    assert ids(look(leads, store).due) == [2, 3, 4]
    assert ids(look(leads, store, full=True).due) == [1, 2, 3, 4]


def test_an_update_time_that_went_back_is_a_change() -> None:
    leads = scan({"lead_id": 1, "lead_updated_at": NOW - timedelta(days=9)})
    assert ids(look(leads, stored([(1, "m2", NOW)])).due) == [1]


def test_a_lead_without_an_update_time_is_due_once() -> None:
    leads = scan({"lead_id": 1, "lead_updated_at": None})
    seen = Stored(
        pl.DataFrame([(1, "m2", "r2", None, None)], schema=SCORES, orient="row"), stored().quarantine, stored().outcomes
    )
    assert ids(look(leads, stored()).due) == [1]
    assert ids(look(leads, seen).due) == []


def test_a_quarantined_lead_waits_until_its_row_the_rules_or_the_model_change() -> None:
    leads = scan(*({"lead_id": i} for i in (1, 2, 3, 4)))
    before = NOW - timedelta(days=1)
    store = stored(
        quarantine=[(1, "m2", "r2", NOW), (2, "m2", "r1", NOW), (3, "m1", "r2", NOW), (4, "m2", "r2", before)]
    )
    pipeline = look(leads, store)
    assert ids(pipeline.due) == [2, 3, 4]
    assert pipeline.settled["row_number"].to_list() == [2, 3, 4]


def test_closed_and_deleted_leads_leave_and_reopened_ones_come_back() -> None:
    leads = scan({"lead_id": 1, "label": 1}, {"lead_id": 3}, {"lead_id": 4, "label": 0})
    store = stored(scores=[(1, "m2", NOW), (2, "m2", NOW)], outcomes=[(3, 0), (4, 1), (9, 1)])
    pipeline = look(leads, store)
    assert sorted(ids(pipeline.gone)) == [1, 2]
    assert ids(pipeline.due) == [3]
    assert ids(pipeline.reopened) == [3], "a deleted lead keeps its outcome"
    assert sorted(zip(ids(pipeline.outcomes), pipeline.outcomes["label"], strict=True)) == [(1, 1), (4, 0)]


def test_leads_scored_under_other_rules_are_due() -> None:
    leads = scan({"lead_id": 1}, {"lead_id": 2})
    old = stored([(1, "m2", NOW), (2, "m2", NOW)])
    changed = Stored(old.scores.with_columns(rules_version=pl.Series(["r1", "r2"])), old.quarantine, old.outcomes)
    assert ids(look(leads, changed).due) == [1]


def test_a_corrected_closing_time_arrives_and_a_known_outcome_does_not_come_again() -> None:
    leads = scan({"lead_id": 1, "label": 1, "closed_at": NOW}, {"lead_id": 2, "label": 0})
    store = stored(outcomes=[(1, 1), (2, 0)])
    assert ids(look(leads, store).outcomes) == [1]


def test_a_lead_of_the_future_does_not_make_the_source_fresh() -> None:
    latest = NOW - timedelta(days=3)
    leads = scan({"lead_id": 1, "created_at": latest}, {"lead_id": 2, "created_at": datetime(2099, 1, 1)})
    assert look(leads, stored()).newest == latest


def test_what_changed_between_scan_and_fetch_waits() -> None:
    leads = scan(
        {"lead_id": 1}, {"lead_id": 2, "label": 1}, {"lead_id": 3}, {"lead_id": 3}, {"lead_id": 4, "unreadable": "won"}
    )
    assert still(leads, is_open(NOW, None)).to_list() == [True, False, False, False, False]


def test_rows_without_a_sound_key_or_label_are_named_and_never_due() -> None:
    leads = scan({"lead_id": 1}, {"lead_id": None}, {"lead_id": 2}, {"lead_id": 2}, {"lead_id": 3, "unreadable": "won"})
    pipeline = look(leads, stored(scores=[(2, "m2", NOW)]))
    assert ids(pipeline.due) == [1]
    assert ids(pipeline.gone) == [2]
    assert pipeline.bad_keys["row_number"].to_list() == [2, 3, 4, 5]
    told = [json.loads(text)[0] for text in pipeline.bad_keys["failures"]]
    assert [(each["rule"], each["column"]) for each in told] == [
        ("key_present", "id"),
        ("key_unique", "id"),
        ("key_unique", "id"),
        ("life_readable", "won"),
    ]


def test_a_young_loss_is_still_open_where_the_source_has_no_lost_state() -> None:
    day = timedelta(days=1)
    leads = scan(
        {"lead_id": 1, "label": 0, "created_at": NOW - 29 * day},
        {"lead_id": 2, "label": 0, "created_at": NOW - 30 * day},
        {"lead_id": 3, "label": 1, "created_at": NOW - 2 * day},
        {"lead_id": 4, "label": 0, "created_at": None},
    )
    assert ids(look(leads, stored(), maturity_days=30).due) == [1]
    assert ids(look(leads, stored()).due) == []


def test_what_closed_or_came_in_later_was_not_known() -> None:
    day = timedelta(days=1)
    leads = scan(
        {"lead_id": 1, "label": 1, "created_at": NOW - day, "closed_at": NOW},
        {"lead_id": 2, "label": 1, "created_at": NOW - day, "closed_at": NOW + day},
        {"lead_id": 3, "label": 0, "created_at": NOW + day},
        {"lead_id": 4, "label": 0},
        {"lead_id": 5},
    )
    assert ids(leads.filter(is_known(NOW, None))) == [1, 4]


@given(
    st.lists(st.tuples(st.integers(1, 6) | st.none(), st.sampled_from([None, 0, 1]), st.booleans()), max_size=12),
    st.sets(st.integers(1, 8)),
    st.sets(st.integers(1, 8)),
)
def test_every_row_is_open_known_or_named_and_what_stays_scored_is_open(
    rows: list[tuple[int | None, int | None, bool]], scored: set[int], quarantined: set[int]
) -> None:
    leads = scan(*({"lead_id": i, "label": label, "unreadable": "won" if bad else None} for i, label, bad in rows))
    store = stored([(i, "m2", NOW) for i in scored], [(i, "m2", "r2", NOW) for i in quarantined - scored])
    pipeline = look(leads, store)
    sound, bad_keys = split_keys(leads, "id")
    assert sound.height + bad_keys.height == len(rows) == pipeline.n_in_source
    open_ids = set(ids(sound.filter(pl.col("label").is_null())))
    kept = scored - set(ids(pipeline.gone))
    waiting = (quarantined - scored) & open_ids
    assert kept | set(ids(pipeline.due)) | waiting == open_ids
    assert not kept & set(ids(pipeline.due))
