"""The history of accounts as it is stored, and as it will be once tonight is published."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa

from leadscore.due import OUTCOME
from leadscore.models.curve import Curve
from leadscore.models.cutoff import choose_cutoff
from leadscore.models.prior_shift import Prior
from leadscore.pipeline import Pipeline
from leadscore.sections import CutoffSettings, Leads
from leadscore.spool import Spool
from leadscore.store.engine import open_engine, writing
from leadscore.store.migrate import migrate
from leadscore.store.outcomes import all_outcomes, outcomes_of, past
from leadscore.store.publish import publish
from leadscore.store.runs import begin_run
from leadscore.store.source import Source, open_source

NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
LEADS = Leads(table="mql", id="id", label="won", created_at="born", closed_at="closed", account="firm", owner="seller")
OUTCOMES = {
    "lead_id": pl.Int64,
    "account_id": pl.String,
    "owner_id": pl.Int64,
    "created_at": pl.Datetime("us"),
    "closed_at": pl.Datetime("us"),
    "label": pl.Int8,
}
CURVE = Curve(values=(0.25,), won=(1,), lost=(9,))
PRIOR = Prior(0.1, CURVE, choose_cutoff(CURVE, CutoffSettings(), seed=1), "adjust", 1.25)
NONE = pl.DataFrame(schema=OUTCOMES)
QUIET = Pipeline(
    n_in_source=0,
    n_open=0,
    due=Spool([NONE]),
    rescored_late=NONE.select("lead_id"),
    bad_keys=NONE,
    gone=NONE,
    settled=pl.DataFrame(schema={"run_id": pl.String, "row_number": pl.Int64}),
    outcomes=NONE,
    replaced=NONE.select("lead_id", "account_id"),
    reopened=NONE.select("lead_id"),
    vanished=NONE.select("lead_id"),
    newest=None,
)


@pytest.fixture
def source(database: str) -> Iterator[Source]:
    """A table of leads with the store beside it. What is in the table does not matter here."""
    engine = open_engine(database)
    names = {"id": sa.BigInteger, "won": sa.Integer, "firm": sa.Text, "seller": sa.BigInteger}
    times = {"born": sa.DateTime, "closed": sa.DateTime}
    columns = [sa.Column(name, type_) for name, type_ in (names | times).items()]
    with writing(engine) as connection:
        sa.Table("mql", sa.MetaData(), *columns).create(connection)
    opened = open_source(engine, LEADS)
    migrate(engine, opened.identifier_types)
    yield opened
    engine.dispose()


def outcomes(*rows: tuple[int, str | None, int]) -> pl.DataFrame:
    """Id, account and label; the lead came in on the day of its id, and closed half a day later."""
    return pl.DataFrame(
        [
            (lead, account, None if lead == 3 else 7, NIGHT + lead * DAY, NIGHT + lead * DAY + DAY / 2, label)
            for lead, account, label in rows
        ],
        schema=OUTCOMES,
        orient="row",
    )


def night(source: Source, day: int, pipeline: Pipeline) -> None:
    run = begin_run(
        source.engine,
        as_of=NIGHT + day * DAY,
        full=False,
        model_version="m",
        rules_version="r",
        now=NIGHT + 99 * DAY,
    )
    publish(source.engine, run, pipeline, prior=PRIOR, max_mean_shift=10, back=None, now=NIGHT)


def news(found: pl.DataFrame, *reopened: int) -> Pipeline:
    return replace(QUIET, outcomes=found, reopened=pl.DataFrame({"lead_id": reopened}, schema={"lead_id": pl.Int64}))


def ids(frame: pl.DataFrame) -> list[int]:
    return sorted(frame["lead_id"].to_list())


def test_only_the_outcomes_of_the_accounts_are_read_and_they_are_as_they_were_found(source: Source) -> None:
    found = outcomes((1, "a", 1), (2, "b", 0), (3, "ä'", 0), (4, None, 1), (5, "a", 0))
    night(source, 0, news(found))
    of_a = outcomes_of(source.engine, source, pl.Series(["a", None, "nobody", "a", "ä'"]))
    assert of_a.equals(found.filter(pl.col("account_id").is_in(["a", "ä'"])))
    assert of_a.schema == found.schema
    assert pl.concat(all_outcomes(source.engine, source)).equals(found.with_columns(vanished=pl.lit(False)))


@pytest.mark.parametrize("accounts", [[], [None], ["nobody"]], ids=str)
def test_without_known_accounts_nothing_is_read(source: Source, accounts: list[str | None]) -> None:
    night(source, 0, news(outcomes((1, "a", 1), (4, None, 1))))
    found = outcomes_of(source.engine, source, pl.Series(accounts, dtype=pl.String))
    assert (found.height, found.schema) == (0, pl.Schema(OUTCOMES))


def test_the_past_is_what_will_be_stored_once_tonight_is_published(source: Source) -> None:
    accounts = pl.Series(["a", "b", None])
    night(source, 0, news(outcomes((1, "a", 1), (2, "a", 0), (3, "b", 1), (4, "c", 1), (5, "a", 0), (6, "b", 0))))
    # 1 is corrected, 2 reopened, 3 moves away, 4 arrives, 5 stays as it is, 6 vanishes, 7 to 9 become known
    found = outcomes((1, "a", 0), (3, "c", 1), (4, "b", 1), (7, "a", 1), (8, "c", 1), (9, None, 1))
    tonight = replace(
        news(found, 2),
        replaced=pl.DataFrame({"lead_id": [1, 2, 3, 6], "account_id": ["a", "a", "b", "b"]}),
        vanished=pl.DataFrame({"lead_id": [6]}),
    )
    before = outcomes_of(source.engine, source, accounts)
    expected = past(before, tonight.news.of(accounts))
    night(source, 1, tonight)
    after = outcomes_of(source.engine, source, accounts)
    assert expected.sort("lead_id").equals(after)
    assert ids(after) == [1, 4, 5, 7]
    assert after.filter(lead_id=1)["label"].to_list() == [0]


def test_the_outcome_of_a_lead_that_vanished_is_kept_and_counts_again_once_it_is_back(source: Source) -> None:
    found, account = outcomes((1, "a", 1)), pl.Series(["a"])
    night(source, 0, news(found))
    night(source, 1, replace(QUIET, vanished=pl.DataFrame({"lead_id": [1]})))
    assert ids(outcomes_of(source.engine, source, account)) == []
    assert pl.concat(all_outcomes(source.engine, source)).rows(named=True)[0]["vanished"] is True
    night(source, 2, news(found))
    assert ids(outcomes_of(source.engine, source, account)) == [1]


def test_on_the_first_night_the_past_is_all_of_tonight() -> None:
    tonight = news(outcomes((1, "a", 1), (2, "b", 0), (3, None, 0)))
    assert ids(past(NONE, tonight.news.of(pl.Series(["a", "a", None])))) == [1]
    assert past(NONE, tonight.news.of(pl.Series(["a"]))).columns == OUTCOME


def test_on_a_night_without_news_the_past_is_what_is_stored() -> None:
    stored = outcomes((1, "a", 1), (2, "a", 0))
    assert past(stored, QUIET.news.of(pl.Series(["a"]))).equals(stored)
