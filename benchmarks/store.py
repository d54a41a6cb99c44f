"""A store to score in: example leads on PostgreSQL, and a model that is the same in every run and at every size."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import psycopg
from quality import plain

from leadscore.job import open_job, utc_now
from leadscore.models.bundle import Artifact, Bundle, load, save
from leadscore.models.fit import fit_recipe
from leadscore.models.members.registry import FAMILIES
from leadscore.models.recipe import Part, Recipe
from leadscore.sample.leads import example_leads
from leadscore.settings import Settings, load_settings
from leadscore.store.engine import open_engine
from leadscore.store.load import load_table
from leadscore.store.registry import Entry, champion, promote, register
from leadscore.training.bundling import training_context, training_set

SEED = 7
TREES = 150
SHAPES = {"lightgbm": {"max_depth": 6, "num_leaves": 31}, "xgboost": {"max_depth": 6, "max_leaves": 64}}
PARAMS = {family: FAMILIES[family].defaults | shape for family, shape in SHAPES.items()}
CONFIG = """
[database]
url = {url}

[leads]
table = "leads"
id = "lead_id"
label = "is_converted"
created_at = "created_at"
updated_at = "updated_at"
closed_at = "closed_at"
account = "customer_idx"
owner = "lead_owner"

[models]
dir = {models}

[training]
budget_s = 86_400  # what is fixed is the number of trials
"""
CHANGE = """
    UPDATE leads SET updated_at = now() AT TIME ZONE 'UTC', lead_desc_length = lead_desc_length + 1
    WHERE lead_id IN (SELECT lead_id FROM leads WHERE is_converted IS NULL ORDER BY random() LIMIT %s)
"""
LAST_RUN = "SELECT status, n_pulled, n_scored FROM score_runs ORDER BY started_at DESC LIMIT 1"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Store:
    """A database with ``n_open`` leads to score, after ``n_known`` that are closed: their ids are the first.

    ``config`` is its leadscore.toml.
    """

    url: str
    config: Path
    n_open: int
    n_known: int

    @property
    def settings(self) -> Settings:
        return load_settings(self.config)

    @property
    def environment(self) -> dict[str, str]:
        """That of processes which work on it."""
        return {"LEADSCORE_CONFIG": str(self.config)}

    def register(self, artifacts: list[Artifact]) -> None:
        """Enter the models; the last is the champion."""
        with open_job(self.settings, utc_now()) as job:
            job.migrate()
            for artifact in artifacts:
                register(job.store, entry(artifact))

    def take_turns(self) -> None:
        """Make the model that waits the champion, so that the next night scores every lead by a new one."""
        self.rest()
        store = open_engine(self.url)
        present = champion(store)
        with psycopg.connect(self.url) as connection:
            [other] = connection.execute("SELECT version FROM models WHERE version <> %s", [present.version]).fetchone()
        promote(store, other, "the benchmark", utc_now())
        store.dispose()

    def change(self, n: int) -> None:
        """Change ``n`` of the open leads as a CRM does, wherever they stand."""
        self.rest()
        with psycopg.connect(self.url) as connection:
            connection.execute(CHANGE, [n])

    def rest(self) -> None:
        """What autovacuum does in the minutes after a night: else the next one would be the first to read its rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE lead_scores, lead_score_history")

    def require_scored(self, n: int) -> None:
        """Raise AssertionError if the last night did not do what was measured."""
        with psycopg.connect(self.url) as connection:
            status, pulled, scored = connection.execute(LAST_RUN).fetchone()
        assert status == "published", f"the night is {status}"
        assert pulled == n, f"the night pulled {pulled:,} leads, not {n:,}"
        assert scored >= 0.99 * n, f"the night scored {scored:,} of {n:,} leads"


def make_store(url: str, folder: Path, n_open: int, n_known: int, tell: Progress) -> Store:
    """Fill an empty database with example leads, chunk by chunk; its settings go into the ``folder``."""
    folder.mkdir(parents=True)
    config = folder / "leadscore.toml"
    config.write_text(CONFIG.format(url=json.dumps(url), models=json.dumps(str(folder / "models"))))
    n, end = n_open + n_known, datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    known = pl.col("lead_id") <= n_known
    shown = {
        "is_converted": pl.when(known).then("is_converted"),
        "closed_at": pl.when(known).then(pl.min_horizontal("closed_at", pl.lit(end))),
    }
    leads = (chunk.with_columns(**shown).drop("true_probability") for chunk in example_leads(n, seed=SEED, end=end))
    engine = open_engine(url)
    load_table(engine, "leads", leads, "lead_id")
    engine.dispose()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE leads")
    tell(f"{n_open:,} open leads and {n_known:,} closed ones are in PostgreSQL")
    return Store(url, config, n_open, n_known)


def fixed_models(store: Store) -> list[Artifact]:
    """Two models that predict the same, trained on the known leads of the ``store`` and saved beside it."""
    bundle = fixed_bundle(store.settings)
    return [save(replace(bundle, card={"turn": turn}), store.settings.models.dir) for turn in (1, 2)]


def fixed_bundle(settings: Settings) -> Bundle:
    """`TREES` trees of LightGBM and as many of XGBoost with equal votes, through the steps of a retrain."""
    from tasks import training as step

    parts = tuple(Part(family=family, params=shape, rounds=TREES, weight=0.5) for family, shape in SHAPES.items())
    recipe = Recipe(left_out=(), treatment="none", parts=parts, bags=1)
    with open_job(settings, utc_now()) as job:
        found = plain(step.find_known)(job)
        pulled = plain(step.pull_known)(job, found)
        known = plain(step.prepare)(job, found, pulled, plain(step.pull_open)(job, found))
    learned = training_set(known)[known.shipped]
    fit, recipe = fit_recipe(learned, known.inputs.columns, recipe, training_context(known, settings))
    base_rate = float(learned.converted.mean())
    return Bundle(known.schema, known.rules, known.inputs, fit, fit, base_rate, recipe, known.seen, card={})


def entry(artifact: Artifact) -> Entry:
    """A fixed model in the registry: as the champion, so that the one before it waits for its turn."""
    return Entry(
        version=artifact.version,
        status="champion",
        trained_at=utc_now(),
        as_of=utc_now(),
        n_leads=0,
        window_start=None,
        window_end=None,
        metrics="{}",
        cutoff=load(artifact.uri, artifact.sha256).shipped.cutoff.value,
        artifact_uri=artifact.uri,
        artifact_sha256=artifact.sha256,
        reason="fixed by the benchmark",
    )
