"""The two demos: example leads and the bank's contacts, loaded with the latest outcomes withheld.

The published scores of the withheld leads are then judged by outcomes that no step of training could have seen.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

import leadscore
from leadscore.errors import ConfigError, SourceError
from leadscore.models.metrics import Measures, measure
from leadscore.report.words import Summary, figures
from leadscore.sample.leads import example_leads
from leadscore.sample.truth import best_possible
from leadscore.schema import Type, truth
from leadscore.settings import Settings, load_settings
from leadscore.store.engine import open_engine, reading
from leadscore.store.load import load_table
from leadscore.store.queries import select

EXAMPLES = Path(leadscore.__file__).parents[1] / "examples"
WITHHELD_SHARE = 0.2
MARKER = ".leadscore-demo"  # says that a demo may empty the folder
MADE = ("leadscore.db", "leadscore.db-wal", "leadscore.db-shm", "leadscore.db.lock")
SPOILED_EVERY = 997  # one lead in so many has an impossible value, for quarantine to catch


@dataclass(frozen=True)
class Withheld:
    """How the published scores did on the withheld outcomes, and the best F1 and log loss possible there.

    ``best`` is None where nobody knows the true probabilities.
    """

    measures: Measures
    best: tuple[float, float] | None


def load_example(folder: Path, n: int, seed: int, end: datetime, *, prior_shift: bool = False) -> Settings:
    """Put ``n`` example leads, created in the two years before ``end`` (naive UTC), into a new store.

    With ``prior_shift`` a third of the latest fifth converts instead of a twelfth.
    """
    settings = _new_store(folder, "example_mql.toml")
    withheld = pl.col("lead_id") > n - int(n * WITHHELD_SHARE)
    is_open = withheld | (pl.col("closed_at") > end)
    spoiled = is_open & (pl.col("lead_id") % SPOILED_EVERY == 0)
    shown = [
        *(pl.when(~is_open).then(name).alias(name) for name in ("is_converted", "closed_at")),
        pl.when(spoiled).then(25.0).otherwise("bant_submit").alias("bant_submit"),  # a percentage, not a share
    ]
    outcome = ["lead_id", pl.col("is_converted").alias("converted"), "true_probability"]
    outcomes: list[pl.DataFrame] = []

    def leads() -> Iterator[pl.DataFrame]:
        for chunk in example_leads(n, seed=seed, end=end, prior_shift=prior_shift):
            outcomes.append(chunk.filter(withheld).select(outcome))
            yield chunk.with_columns(shown).drop("true_probability")

    _load(settings, leads(), outcomes)
    return settings


def load_bank(folder: Path, file: Path) -> Settings:
    """Put the bank's contacts, numbered in the order of ``file``, into a new store."""
    if not file.is_file():
        raise SourceError(f"There is no {file}.", "name the bank's CSV file (UCI 222): make demo-bank BANK=path.")
    settings = _new_store(folder, "bank.toml")
    contacts = pl.read_csv(file, separator=";", infer_schema_length=None).with_row_index("contact_id", offset=1)
    contacts = contacts.with_columns(pl.col("contact_id").cast(pl.Int64))
    withheld = pl.col("contact_id") > contacts.height - int(contacts.height * WITHHELD_SHARE)
    outcomes = contacts.filter(withheld).select(
        pl.col("contact_id").alias("lead_id"),
        truth(pl.col("y")).cast(pl.Int64).alias("converted"),
        pl.lit(None, dtype=pl.Float64).alias("true_probability"),
    )
    _load(settings, [contacts.with_columns(pl.when(~withheld).then("y").alias("y"))], [outcomes])
    return settings


def judge_published(settings: Settings) -> Withheld:
    """Hold the published scores against the withheld outcomes; `will_convert` says where the cutoff lay."""
    leads = withheld_scores(settings)
    converted: NDArray[np.int64] = leads["converted"].to_numpy()
    called = leads.filter(pl.col("will_convert") == 1)["probability"].min()
    cutoff = called if isinstance(called, float) else np.inf
    measures = measure(converted, leads["probability"].to_numpy(), cutoff, seed=settings.training.seed)
    true = leads["true_probability"]
    return Withheld(measures, None if true.has_nulls() else best_possible(converted, true.to_numpy()))


def withheld_scores(settings: Settings) -> pl.DataFrame:
    """The published scores of the withheld leads: converted, probability, will_convert and true_probability."""
    types = {
        "converted": Type.INTEGER,
        "probability": Type.FLOAT,
        "will_convert": Type.INTEGER,
        "true_probability": Type.FLOAT,
    }
    store = open_engine(settings.database.url)
    with reading(store) as connection:
        leads = select(connection, "withheld_scores", types)
    store.dispose()
    return leads


def verdict(found: Withheld) -> Summary:
    """How the published scores did, in words."""
    facts = list(figures(found.measures, "the published scores of the latest 20%, which no step of training has seen"))
    if found.best:
        f1, log_loss = found.best
        share = found.measures.f1.value / f1
        facts.append(("best possible", f"F1 {f1:.3f} and log loss {log_loss:.3f}, by the true probabilities"))
        facts.append(("reached", f"{share:.0%} of the best possible F1"))
    return Summary("Held against the outcomes that were withheld", tuple(facts))


def next_steps(folder: Path) -> Summary:
    """Where everything is, and what to try."""
    return Summary(
        "What to try next",
        (
            ("the database", f"{folder}/leadscore.db (leads, scores, quarantine, models)"),
            ("the settings", f"{folder}/leadscore.toml"),
            ("go there", f"source .venv/bin/activate; cd {folder}"),
            ("a queue", "leadscore top -n 20"),
            ("the report", "reports/newest.html: open it in a browser"),
            ("in SQL", "the views scored_leads and sales_queue (docs/query.md)"),
            ("a night", "leadscore score"),
            ("a week", "leadscore retrain, then leadscore models"),
        ),
    )


def _new_store(folder: Path, example: str) -> Settings:
    """A ``folder`` with the example's settings and nothing else of a demo; one that is no demo's is refused."""
    marker, config = folder / MARKER, folder / "leadscore.toml"
    if not marker.exists() and any((folder / name).exists() for name in (*MADE, "models", config.name)):
        raise ConfigError(f"{folder} holds something that is not a demo's.", "name another folder, or an empty one.")
    folder.mkdir(parents=True, exist_ok=True)
    marker.touch()
    for name in MADE:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "models", ignore_errors=True)
    shutil.copyfile(EXAMPLES / example, config)
    return load_settings(config)


def _load(settings: Settings, leads: Iterable[pl.DataFrame], outcomes: Iterable[pl.DataFrame]) -> None:
    engine = open_engine(settings.database.url)
    load_table(engine, str(settings.leads.table), leads, settings.leads.id)
    load_table(engine, "withheld_outcomes", outcomes, "lead_id")
    engine.dispose()
