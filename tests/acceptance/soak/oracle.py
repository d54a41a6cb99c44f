"""Holds the store against what it must hold: after each night, from its own memory of the nights before."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import sqlalchemy as sa
from harness.stores import Store
from polars.datatypes import DataType
from polars.testing import assert_frame_equal
from scipy.special import logit

from leadscore.scoring import Model
from leadscore.store.engine import open_engine
from leadscore.store.registry import Champion, champion
from soak import expected
from soak.expected import OUTCOME, SCORED, VERSION, canonical
from soak.plan import HISTORY_DAYS, WEEK
from soak.world import SPOILED

Schema = dict[str, DataType]

TIME, TEXT, WHOLE = pl.Datetime("us"), pl.String(), pl.Int64()
PUBLISHED: Schema = {
    **SCORED,
    "probability": pl.Float64(),
    "will_convert": pl.Boolean(),
    **dict.fromkeys(("model_version", "rules_version", "run_id", "change_cause"), TEXT),
    **dict.fromkeys(("previous_score", "adjustment"), WHOLE),
    "scored_at": TIME,
}
HISTORY: Schema = {name: type_ for name, type_ in PUBLISHED.items() if name != "continent"}
CHANGE = ("run_id", "lead_id", "scored_at", "change_cause")
CHANGES: Schema = {**{name: HISTORY[name] for name in CHANGE}, "mark": pl.UInt64()}
OUTCOMES: Schema = {
    **dict.fromkeys(("lead_id", "account_id", "owner_id"), WHOLE),
    **dict.fromkeys(("created_at", "closed_at"), TIME),
    "label": pl.Int8(),
    "first_grade": TEXT,
    "first_probability": pl.Float64(),
    "vanished": pl.Boolean(),
}
HELD: Schema = {"lead_id": WHOLE, "lead_updated_at": TIME, **dict.fromkeys(("model_version", "rules_version"), TEXT)}
COUNTS = ("n_in_source", "n_open", "n_pulled", "n_scored", "n_quarantined", "n_removed")
RUN: Schema = {
    **dict.fromkeys(("run_id", "status", "model_version", "rules_version"), TEXT),
    **dict.fromkeys((*COUNTS, "adjustment"), WHOLE),
    **dict.fromkeys(("base_rate", "raw_cutoff"), pl.Float64()),
    "as_of": TIME,
}
FIRST: Schema = {"lead_id": WHOLE, "grade": TEXT, "probability": pl.Float64(), "said_at": TIME}
CAUSE = ("model_version", "probability", "reasons")  # a score changed if one of them did
CLOSE = 1e-9  # the last bits depend on how many leads are scored at once


@dataclass
class Oracle:
    """What it remembers of a store: its scores, quarantine and outcomes after the last night that was published."""

    store: Store
    scores: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PUBLISHED))
    quarantine: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=HELD))
    outcomes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OUTCOMES))
    first: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=FIRST))
    history: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CHANGES))
    pruned: set[str] = field(default_factory=set)  # the runs whose history the retention has reached
    compared: int = 0  # rows
    tables: dict[str, sa.Table] = field(default_factory=dict)  # those that were read
    model: Model | None = None

    def published(self, moment: datetime, leads: pl.DataFrame, full: bool) -> None:
        """The night of the moment is published, and everything is as it must be."""
        [run] = self.read("score_runs", RUN, as_of=moment).to_dicts()
        model = self.champion()
        assert run["status"] in ("published", "empty")
        assert (run["model_version"], run["n_in_source"]) == (model.version, leads.height)
        known = self._outcomes(leads)
        scores = self._scores(leads, model, run)
        self._counts(leads, model, run, scores, known, full)
        self._history(run["run_id"], scores)
        self._let_go(moment)
        assert self.told() == set(self.history["run_id"])
        self._remember(moment, scores, known)
        assert self.leftovers() == []

    def champion(self) -> Model:
        """The one champion, ready to score."""
        assert self.store.rows("SELECT COUNT(*) FROM models WHERE status = 'champion'") == [(1,)]
        kept = self._entry()
        if self.model is None or self.model.kept != kept:
            self.model = expected.scorer(kept)
        return self.model

    def unchanged(self) -> None:
        """Nothing that readers see has changed since the last night that was published."""
        assert_frame_equal(self.read("lead_scores", PUBLISHED), self.scores)
        assert_frame_equal(self.read("quarantined_leads", HELD), self.quarantine)
        assert_frame_equal(self.read("lead_outcomes", OUTCOMES), self.outcomes)
        assert self.told() == set(self.history["run_id"])

    def whole_history(self) -> None:
        """Every night's changes are as they were when it was published, but for those that need not stay."""
        history = marked(self.read("lead_score_history", HISTORY))
        self.compared += history.height
        assert_frame_equal(history, self.history, check_row_order=False)

    def _outcomes(self, leads: pl.DataFrame) -> pl.DataFrame:
        """Those of the table, and those that it no longer has; each with what was said first."""
        stored = self.read("lead_outcomes", OUTCOMES)
        there = expected.first_said(expected.outcomes(leads), self.first).with_columns(vanished=pl.lit(False))
        gone = self.outcomes.join(leads, on="lead_id", how="anti").with_columns(vanished=pl.lit(True))
        self._same(stored, pl.concat([there, gone]).sort("lead_id"))
        return stored

    def _scores(self, leads: pl.DataFrame, model: Model, run: dict[str, float]) -> pl.DataFrame:
        """Every open, valid lead as a clean scoring has it; all of one model and one base rate."""
        scores, clean = self.read("lead_scores", PUBLISHED), expected.clean_scores(model, leads)
        self._same(scores.select(*SCORED), clean)
        assert set(scores["model_version"]) <= {model.version}
        assert set(scores["adjustment"]) <= {run["adjustment"]}
        moved = logit(scores["probability"].to_numpy()) - logit(scores["raw_probability"].to_numpy())
        due_to_base_rate = logit(run["base_rate"]) - logit(model.bundle.base_rate) if run["adjustment"] else 0.0
        np.testing.assert_allclose(moved, due_to_base_rate, atol=1e-6)
        called = scores["raw_probability"] >= run["raw_cutoff"]
        assert scores["will_convert"].equals(called, check_names=False)
        return scores

    def _counts(
        self,
        leads: pl.DataFrame,
        model: Model,
        run: dict[str, float],
        scores: pl.DataFrame,
        known: pl.DataFrame,
        full: bool,
    ) -> None:
        """Who was looked at is who had to be, and the ledger says so."""
        opened, quarantine = expected.is_open(leads), self.read("quarantined_leads", HELD)
        assert quarantine["lead_id"].to_list() == opened.filter(SPOILED)["lead_id"].to_list()
        due = (
            opened if full else expected.due(leads, self._seen(), self._moved(known), model, str(run["rules_version"]))
        )
        bad = due.join(opened.filter(SPOILED), on="lead_id", how="semi").height
        left = self.scores.join(scores, on="lead_id", how="anti").height
        wanted = (leads.height, opened.height, due.height, due.height - bad, bad, left)
        assert {name: run[name] for name in COUNTS} == dict(zip(COUNTS, wanted, strict=True))
        assert scores.filter(run_id=run["run_id"]).height in (due.height - bad, scores.height)

    def _seen(self) -> pl.DataFrame:
        scored = self.scores.select(*VERSION, held=pl.lit(False))
        return pl.concat([scored, self.quarantine.select(*VERSION, held=pl.lit(True))])

    def _moved(self, known: pl.DataFrame) -> pl.DataFrame:
        """Outcomes, before and now, that are not as they were; of leads that vanished nothing is known any more."""
        sides = [each.filter(~pl.col("vanished")).select(OUTCOME) for each in (self.outcomes, known)]
        pairs = zip(sides, reversed(sides), strict=True)
        return pl.concat(one.join(other, on=OUTCOME, how="anti", nulls_equal=True) for one, other in pairs)

    def _history(self, run_id: str, scores: pl.DataFrame) -> None:
        """Tonight's history is what changed, as it is published, and of the nights before none is added or lost."""
        tonight = self.read("lead_score_history", HISTORY, run_id=run_id)
        before = self.scores.select("lead_id", *CAUSE)
        changed = scores.join(before, on=before.columns, how="anti").select(*HISTORY)
        self._same(tonight, changed)
        told = changed.join(self.scores.select("lead_id", was="score", by="model_version"), on="lead_id", how="left")
        assert told.filter(pl.col("previous_score").ne_missing(pl.col("was"))).is_empty()
        new, model = pl.col("by").is_null(), pl.col("by") != pl.col("model_version")
        cause = pl.when(new).then(pl.lit("new")).when(model).then(pl.lit("model"))
        assert told.filter(cause.fill_null(pl.col("change_cause")) != pl.col("change_cause")).is_empty()
        assert set(told.filter(~new & ~model)["change_cause"]) <= {"lead", "base_rate"}
        self.history = pl.concat([self.history, marked(tonight)])

    def _let_go(self, moment: datetime) -> None:
        """Of runs that the retention has reached the first change of a lead, the latest entry and the last stay."""
        pruned = {run for (run,) in self.store.rows("SELECT run_id FROM score_runs WHERE pruned_at IS NOT NULL")}
        at, entered = pl.col("scored_at"), pl.col("change_cause") == "new"
        ends = (at == at.min().over("lead_id")) | (at == at.max().over("lead_id"))
        latest_entry = entered & (at == at.filter(entered).max().over("lead_id"))
        reached = pl.col("run_id").is_in(list(pruned - self.pruned))
        self.history, self.pruned = self.history.filter(~reached | ends | latest_entry), pruned
        overdue = moment.replace(tzinfo=None) - timedelta(days=HISTORY_DAYS + WEEK)  # a night may be killed before that
        assert set(self.history.filter(at < overdue)["run_id"]) <= pruned

    def _remember(self, moment: datetime, scores: pl.DataFrame, known: pl.DataFrame) -> None:
        new = scores.join(self.first, on="lead_id", how="anti")
        self.first = pl.concat([self.first, new.select("lead_id", "grade", "probability", said_at=pl.lit(moment))])
        self.scores, self.outcomes = scores, known
        self.quarantine = self.read("quarantined_leads", HELD)
        assert self.store.rows("SELECT COUNT(*) FROM lead_snapshots") == [(self.first.height,)]

    def told(self) -> set[str]:
        """The runs that changed a score."""
        return {run for (run,) in self.store.rows("SELECT DISTINCT run_id FROM lead_score_history")}

    def leftovers(self) -> list[str]:
        """The tables for staging that are not empty."""
        names = [name for name in sa.inspect(self.store.engine).get_table_names() if name.startswith("staged_")]
        return [name for name in (*names, "write_backs") if self.store.rows(f"SELECT 1 FROM {name} LIMIT 1")]

    def read(self, table: str, schema: Schema, **where: object) -> pl.DataFrame:
        """These columns of a table, by its first one."""
        engine = open_engine(self.store.url)
        with engine.connect() as connection:
            if table not in self.tables:
                self.tables[table] = sa.Table(table, sa.MetaData(), autoload_with=connection)
            told = sa.select(*(self.tables[table].c[name] for name in schema)).filter_by(**where)
            rows = [tuple(map(without_zone, row)) for row in connection.execute(told)]
        engine.dispose()
        if "reasons" in schema:
            place = list(schema).index("reasons")
            rows = [(*row[:place], canonical(row[place]), *row[place + 1 :]) for row in rows]
        return pl.DataFrame(rows, schema=schema, orient="row").sort(next(iter(schema)))

    def _same(self, found: pl.DataFrame, wanted: pl.DataFrame) -> None:
        self.compared += found.height
        assert_frame_equal(found, wanted.select(found.columns), abs_tol=CLOSE, rel_tol=0)

    def _entry(self) -> Champion:
        engine = open_engine(self.store.url)
        kept = champion(engine)
        engine.dispose()
        return kept


def without_zone(cell: object) -> object:
    """A time, which is in UTC, as the store keeps it; anything else as it is."""
    return cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell


def marked(rows: pl.DataFrame) -> pl.DataFrame:
    """Which changes of scores these are, each with a number that changes with any cell."""
    return rows.select(*CHANGE, mark=rows.hash_rows(seed=1))
