import json
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadscore.due import OUTCOME, VERSION, Stored, compare, is_known, is_open, look_back, split_keys, still
from leadscore.pipeline import Pipeline, cut, gather
from leadscore.spool import Spool
from leadscore.store.outcomes import past

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
            [{"lead_id": i, "label": label, "vanished": False} for i, label in outcomes or []],
            schema={name: SCAN[name] for name in OUTCOME} | {"vanished": pl.Boolean},
        ),
    )


def look(
    leads: pl.DataFrame,
    store: Stored,
    *,
    full: bool = False,
    maturity_days: float | None = None,
    history: bool = False,
    as_of: datetime = NOW,
) -> Pipeline:
    """In two ranges, of the ids up to 2 and above: what becomes of a lead hangs on no range."""
    versions = {"model_version": "m2", "rules_version": "r2"}
    found = [
        compare(*split_keys(some, "id"), of_some, as_of=as_of, maturity_days=maturity_days, full=full, **versions)
        for some, of_some in zip(parted(leads), map(Stored, *map(parted, vars(store).values())), strict=True)
    ]
    return gather(found, maturity_days=maturity_days, history=history)


def parted(frame: pl.DataFrame) -> list[pl.DataFrame]:
    low = (pl.col("lead_id") <= 2).fill_null(False)
    return [frame.filter(low), frame.filter(~low)]


def whole(spool: Spool) -> pl.DataFrame:
    return pl.concat(spool)


def ids(frame: pl.DataFrame | Spool) -> list[int]:
    return (whole(frame) if isinstance(frame, Spool) else frame)["lead_id"].to_list()


def test_new_changed_and_otherwise_scored_leads_are_due_and_no_others() -> None:
    leads = scan(*({"lead_id": i} for i in (4, 3, 2, 1)))
    store = stored([(1, "m2", NOW), (2, "m2", NOW - timedelta(microseconds=1)), (3, "m1", NOW)])
    assert ids(look(leads, store).due) == [2, 3, 4]
    assert ids(look(leads, store, full=True).due) == [1, 2, 3, 4]


def test_a_lead_without_a_present_score_is_scored_for_the_first_time() -> None:
    leads = scan(*({"lead_id": i} for i in (1, 2, 3)))
    store = stored([(1, "m2", NOW), (2, "m1", NOW)], quarantine=[(3, "m1", "r2", NOW)])
    assert whole(look(leads, store).due).select("lead_id", "first").rows() == [(2, False), (3, True)]
    assert whole(look(leads, store, full=True).due)["first"].to_list() == [False, False, True]
    back = gather([look_back(leads, leads.clear(), as_of=NOW, maturity_days=None)], maturity_days=None, history=True)
    assert whole(back.due).select("first", "late").rows() == [(False, None)] * 3


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
    assert pipeline.bad_keys["row_number"].sort().to_list() == [2, 3, 4, 5]
    told = [json.loads(text)[0] for text in pipeline.bad_keys.sort("row_number")["failures"]]
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


DAY = timedelta(days=1)


def days_ago(days: float) -> datetime:
    return NOW - days * DAY


def account_a(*known: tuple[int, float | None]) -> tuple[pl.DataFrame, Stored]:
    """Five open leads, scored, that came in 10, 8, 6, 4 and 2 days ago, and the last of account b; and the ``known``
    outcomes of account a: ids, and how many days ago they closed.
    """
    rows: list[dict[str, object]] = [
        {"lead_id": i, "account_id": "b" if i == 5 else "a", "created_at": days_ago(12 - 2 * i)} for i in range(1, 6)
    ]
    old = {"account_id": "a", "created_at": days_ago(99), "label": 0}
    rows += [{"lead_id": i, "closed_at": closed and days_ago(closed), **old} for i, closed in known]
    return scan(*rows), stored([(i, "m2", NOW) for i in range(1, 6)])


def late(leads: pl.DataFrame, store: Stored, **options: bool) -> list[int]:
    return ids(look(leads, store, history=True, **options).due)


def with_outcomes(store: Stored, outcomes: pl.DataFrame) -> Stored:
    known = outcomes.filter(pl.col("label").is_not_null())
    return replace(store, outcomes=known.select(*OUTCOME, vanished=pl.lit(False)))


def test_what_closed_before_scored_leads_of_the_account_came_in_makes_them_due() -> None:
    leads, store = account_a((9, 7))
    assert late(leads, store) == [3, 4]
    assert ids(look(leads, store).due) == [], "a model that counts no outcomes does not care"


def test_what_closes_now_makes_nobody_due() -> None:
    leads, store = account_a((9, 1), (10, 4), (11, None))
    assert late(leads, store) == []
    assert whole(look(leads, store, history=True, full=True).due)["late"].to_list() == [None] * 5


def test_what_closed_before_it_came_in_itself_was_not_known_before() -> None:
    leads, store = account_a((9, 7))
    assert late(leads.with_columns(created_at=pl.when(lead_id=9).then(days_ago(5)).otherwise("created_at")), store) == [
        4
    ]


def test_a_loss_without_a_time_counts_from_its_maturity_on() -> None:
    leads, store = account_a((9, None))
    nobody_lost = stored([(i, "m2", NOW) for i in range(1, 6)])
    assert ids(look(leads, nobody_lost, history=True, maturity_days=92).due) == [3, 4], "it is told 92 days late"
    assert ids(look(leads, with_outcomes(store, leads), history=True, maturity_days=92).due) == []


def test_what_is_known_already_makes_nobody_due() -> None:
    leads, store = account_a((9, 7), (10, 99))
    assert late(leads, with_outcomes(store, leads)) == []


def test_what_closes_as_a_lead_comes_in_is_not_before_it() -> None:
    leads, store = account_a((9, 6))
    assert late(leads, store) == [4]


def test_leads_without_an_account_share_no_history() -> None:
    leads, store = account_a((9, 7))
    nameless = leads.with_columns(account_id=pl.lit(None, pl.String))
    assert late(nameless, store) == []


def test_a_lead_that_came_in_nobody_knows_when_has_no_history() -> None:
    leads, store = account_a((9, 7))
    assert late(leads.with_columns(created_at=pl.lit(None, pl.Datetime("us"))), store) == []


@pytest.mark.parametrize(
    ("before", "due"),
    [
        ({"closed_at": days_ago(9)}, [2, 3, 4]),
        ({"closed_at": days_ago(5)}, [3, 4]),
        ({"closed_at": None}, [3, 4]),
        ({"label": 1}, [3, 4]),
        ({"owner_id": "kim"}, [3, 4]),
        ({"account_id": "b"}, [3, 4, 5]),
        ({"account_id": None}, [3, 4]),
    ],
    ids=str,
)
def test_an_outcome_that_changes_counts_as_it_was_and_as_it_is(before: dict[str, object], due: list[int]) -> None:
    leads, store = account_a((9, 7))
    known = leads.with_columns(pl.lit(value, SCAN[name]).alias(name) for name, value in before.items())
    assert late(leads, with_outcomes(store, known)) == due


def test_a_lead_that_is_reopened_counts_no_more() -> None:
    leads, store = account_a((9, 7))
    reopened = leads.with_columns(label=pl.lit(None, pl.Int8), closed_at=pl.lit(None, pl.Datetime("us")))
    assert late(reopened, with_outcomes(store, leads)) == [3, 4, 9]


def test_a_lead_that_vanished_counts_no_more_until_it_is_back() -> None:
    leads, store = account_a((9, 7))
    without, known = leads.filter(pl.col("lead_id") != 9), with_outcomes(store, leads)
    assert late(without, known) == [3, 4]
    assert ids(look(without, known, history=True).vanished) == [9]
    noted = replace(known, outcomes=known.outcomes.with_columns(vanished=pl.lit(True)))
    assert late(without, noted) == [], "once is enough"
    assert ids(look(without, noted, history=True).vanished) == []
    assert late(leads, noted) == [3, 4]
    assert ids(look(leads, noted, history=True).outcomes) == [9]


def test_a_quarantined_lead_waits_whatever_its_account_did() -> None:
    leads, _ = account_a((9, 7))
    store = stored([(1, "m2", NOW), (5, "m2", NOW)], quarantine=[(i, "m2", "r2", NOW) for i in (2, 3, 4)])
    pipeline = look(leads, store, history=True)
    assert ids(pipeline.due) == []
    assert pipeline.settled.is_empty()


def names(pipeline: Pipeline) -> list[str]:
    return [each.chunk for each in cut(pipeline.due, 1, "m2")]


def test_a_chunk_has_another_name_if_the_history_of_its_leads_is_another() -> None:
    leads, _ = account_a((9, 7))
    nobody_scored = stored()
    before = names(look(leads, nobody_scored, history=True))
    assert names(look(leads, nobody_scored, history=True)) == before
    ordinary, _ = account_a((9, 7), (10, 1), (11, 4))
    assert names(look(ordinary, nobody_scored, history=True)) == before, (
        "what closed since they came in is no part of it"
    )
    more, _ = account_a((9, 7), (10, 5))
    assert [a == b for a, b in zip(names(look(more, nobody_scored, history=True)), before, strict=True)] == [
        True,
        True,
        True,
        False,
        True,
    ]
    corrected = leads.with_columns(label=pl.when(lead_id=9).then(pl.lit(1, pl.Int8)).otherwise("label"))
    assert [a == b for a, b in zip(names(look(corrected, nobody_scored, history=True)), before, strict=True)] == [
        True,
        True,
        False,
        False,
        True,
    ]


@settings(max_examples=60, deadline=None)
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


DAYS = st.sampled_from([*(days_ago(9 - day) for day in range(6)), None])
AN_EDIT = st.fixed_dictionaries(
    {
        "lead_id": st.integers(1, 6),
        "account_id": st.sampled_from(["a", "a", "a", "b", None]),
        "owner_id": st.sampled_from(["kim", "ada"]),
        "label": st.sampled_from([None, 0, 1]),
        "created_at": DAYS,
        "closed_at": DAYS,
        "touched": st.booleans(),
    }
)
VANISHING, MISSED = st.sets(st.integers(1, 6), max_size=1), st.sets(st.integers(1, 6), max_size=4)
NIGHTS = st.lists(st.tuples(st.lists(AN_EDIT, min_size=2, max_size=5), VANISHING, MISSED), min_size=3, max_size=6)

Lead = dict[str, object]
Outcomes = list[tuple[object, ...]]


def edited(source: dict[object, Lead], edit: Lead, now: datetime) -> dict[object, Lead]:
    """One that does not touch the time of the last change closes the lead or reopens it, and does nothing else."""
    new = {name: value for name, value in edit.items() if name != "touched"} | {"lead_updated_at": now}
    before = source.get(edit["lead_id"], {})
    kept = {} if edit["touched"] else {name: before[name] for name in before if name not in ("label", "closed_at")}
    return source | {edit["lead_id"]: new | kept}


def known_since(outcome: Lead, maturity_days: float | None) -> datetime | None:
    """When the outcome was known: as the lead closed, but a loss not before it had reached maturity; null if nobody can
    tell.
    """
    created, closed = outcome["created_at"], outcome["closed_at"]
    lost = maturity_days and outcome["label"] == 0
    matured = created + maturity_days * DAY if isinstance(created, datetime) and lost else None
    if not lost and closed is None:
        return None
    return max((each for each in (created, closed, matured) if isinstance(each, datetime)), default=None)


def known_before(leads: pl.DataFrame, outcomes: pl.DataFrame, maturity_days: float | None) -> dict[int, Outcomes]:
    """The outcomes of the account that were known before each of the ``leads`` came in, by looking at each pair."""
    past = [(each, known_since(each, maturity_days)) for each in outcomes.rows(named=True)]
    return {
        lead["lead_id"]: sorted(
            (each["lead_id"], each["owner_id"], since, each["label"])
            for each, since in past
            if None not in (each["account_id"], since, lead["created_at"])
            and each["account_id"] == lead["account_id"]
            and since < lead["created_at"]
        )
        for lead in leads.rows(named=True)
    }


def published(store: Stored, pipeline: Pipeline, scored: pl.DataFrame) -> Stored:
    """What the store holds after a night. Stale scores that nobody renewed leave."""
    left = [*ids(pipeline.gone), *ids(pipeline.rescored_late), *ids(scored)]
    new = scored.select("lead_id", pl.lit("m2").alias("model_version"), pl.lit("r2").alias("rules_version"), *VERSION)
    moved = [*ids(pipeline.outcomes), *ids(pipeline.reopened)]
    kept = store.outcomes.filter(~pl.col("lead_id").is_in(moved))
    gone = pl.col("vanished") | pl.col("lead_id").is_in(pipeline.vanished["lead_id"].implode())
    return replace(
        store,
        scores=pl.concat([store.scores.filter(~pl.col("lead_id").is_in(left)), new]),
        outcomes=pl.concat([kept.with_columns(vanished=gone), pipeline.outcomes.with_columns(vanished=pl.lit(False))]),
    )


@settings(max_examples=20, deadline=None)
@given(NIGHTS, st.sampled_from([None, 2]))
def test_after_any_history_the_scores_are_of_the_outcomes_that_a_store_that_starts_anew_finds(
    nights: list[tuple[list[Lead], set[int], set[int]]], maturity_days: float | None
) -> None:
    """Each night leads are edited, some vanish, and some that are due are missed, since they change while they are
    read; after the last night is one on which nothing happens.
    """
    source: dict[object, Lead] = {}
    store, counted = stored(), dict[int, Outcomes]()
    for night, (edits, vanishing, missed) in enumerate([*nights, ([], set[int](), set[int]())]):
        for edit in edits:
            source = edited(source, edit, NOW + night * DAY)
        source = {lead_id: lead for lead_id, lead in source.items() if lead_id not in vanishing}
        tonight = days_ago(7 - night)
        pipeline = look(scan(*source.values()), store, history=True, maturity_days=maturity_days, as_of=tonight)
        due = whole(pipeline.due)
        accounts = due["account_id"]
        theirs = store.outcomes.filter(
            pl.col("account_id").is_in(accounts.drop_nulls().implode()) & ~pl.col("vanished")
        ).drop("vanished")
        scored = due.filter(~pl.col("lead_id").is_in(missed))
        counted |= known_before(scored, past(theirs, pipeline.news.of(accounts)), maturity_days)
        store = published(store, pipeline, scored)
    fresh = look(scan(*source.values()), stored(), maturity_days=maturity_days, as_of=tonight)
    expected = known_before(whole(fresh.due), fresh.outcomes, maturity_days)
    assert {lead_id: counted[lead_id] for lead_id in ids(store.scores)} == expected
