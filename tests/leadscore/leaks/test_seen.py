from datetime import datetime

import polars as pl

from leadscore.leaks.judge import judge
from leadscore.leaks.seen import as_seen

CREATED = pl.Series("created_at", [datetime(1970, 1, 11)] * 3)
LEADS = pl.DataFrame({"date": [0.0, 20.0, None], "note": ["call +49 170 1234567", "CALL +49 170 1234567", None]})


def test_a_date_is_its_distance_from_the_lead_and_a_sentence_with_a_number_in_it_is_one() -> None:
    seen = as_seen(LEADS, ("date",), ("note",), CREATED)
    assert seen["date"].to_list() == [10.0, -10.0, None]
    assert seen["note"][0] == seen["note"][1] != LEADS["note"][0]
    assert seen["note"][2] is None


def test_without_times_a_date_stays_as_it_is() -> None:
    for created_at in (None, CREATED.clear().extend_constant(None, 3)):
        assert as_seen(LEADS, ("date",), (), created_at).equals(LEADS)


def test_notes_that_are_signed_with_a_phone_number_are_not_taken_for_empty() -> None:
    notes = pl.DataFrame({"note": [f"quote for {n} please, 010 1234 {5000 + n}" for n in range(60)]})
    nothing = dict.fromkeys(("account", "created_at", "closed_at", "open_leads", "open_created_at"))
    converted = pl.Series([0, 1] * 30).to_numpy()
    found = judge(notes, converted, identifiers=(), texts=("note",), seed=1, **nothing)
    assert not [finding for finding in found if finding.useless]
