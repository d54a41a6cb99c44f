from dataclasses import replace
from datetime import datetime

import polars as pl

from leadscore.forecast import told
from leadscore.pipeline import Pipeline
from leadscore.spool import Spool
from leadscore.store.runs import Newest

NOBODY = pl.DataFrame({"lead_id": []})
NIGHT = datetime(2026, 1, 1)


def pipeline(first: list[bool], **changed: object) -> Pipeline:
    """Of ten open leads as many due as ``first`` has, which are new where it says so."""
    quiet = Pipeline(
        n_in_source=20,
        n_open=10,
        due=Spool([pl.DataFrame({"first": pl.Series(first, dtype=pl.Boolean)})]),
        rescored_late=NOBODY,
        bad_keys=NOBODY,
        gone=NOBODY,
        settled=NOBODY,
        outcomes=NOBODY,
        replaced=NOBODY,
        reopened=NOBODY,
        vanished=NOBODY,
        newest=None,
    )
    return replace(quiet, **changed)


def by(version: str) -> Newest:
    return Newest(NIGHT, version, None)


def test_a_quiet_night_has_nothing_to_do() -> None:
    assert told(pipeline([]), by("m1"), "m1") == "0 of 10 open leads are due"


def test_new_and_changed_leads_are_told_apart_and_so_is_what_leaves() -> None:
    some = pl.DataFrame({"lead_id": [7]})
    found = pipeline([True, True, False], gone=some, bad_keys=some, rescored_late=some)
    assert told(found, by("m1"), "m1") == (
        "3 of 10 open leads are due: 2 new, 1 changed, 1 of these with news of their account; "
        "scores that would leave: 1; rows without a sound key: 1"
    )


def test_after_a_promotion_all_that_had_a_score_are_due() -> None:
    assert told(pipeline([False] * 3), by("m1"), "m2") == "3 of 10 open leads are due: 3 scored by an earlier model"


def test_before_the_first_night_all_are_new() -> None:
    assert told(pipeline([True]), None, "m1") == "1 of 10 open leads are due: 1 new"
