"""The data sets that the model is judged on, each in a store of its own with the latest leads' outcomes withheld."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from leadscore.sample.demo import load_bank, load_example
from leadscore.sample.leads import example_leads
from leadscore.settings import Settings, load_settings
from leadscore.store.engine import open_engine
from leadscore.store.load import load_table

WITHHELD_SHARE = 0.2
MATURED_DAYS = 212  # 95% of Olist's deals close within 211 days: only leads as old as that have a sure outcome
OLIST_SETTINGS = """
[database]
url = "sqlite:///leadscore.db"

[leads]
table = "leads"
id = "mql_id"
label = "has_deal"
created_at = "first_contact_date"
closed_at = "won_date"

[training]
min_conversions = 100  # few of the leads that were old enough then had a deal: nothing closed before December 2017

[models]
dir = "models"
"""


@dataclass(frozen=True)
class Trial:
    """One data set in a store of its own. ``learn_at`` and ``score_at`` are the moments of the two flows.

    ``truth`` gives the true probabilities of all its leads, where they are known. ``compared`` says whether AutoGluon
    is asked, too.
    """

    name: str
    seed: int | None
    settings: Settings
    learn_at: datetime
    score_at: datetime
    truth: Callable[[], pl.DataFrame] | None = None
    compared: bool = False

    @property
    def label(self) -> str:
        return self.name if self.seed is None else f"{self.name} {self.seed}"


def load_trial_example(folder: Path, n: int, seed: int, *, shifted: bool = False) -> Trial:
    """Example leads up to today, the latest fifth open; a third of these converts where the prior is ``shifted``."""
    end = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    settings = load_example(folder, n, seed, end, prior_shift=shifted)

    def truth() -> pl.DataFrame:
        chunks = example_leads(n, seed=seed, end=end, prior_shift=shifted)
        return pl.concat(chunk.select("lead_id", "true_probability") for chunk in chunks)

    name = f"example {n / 1000:g}k" + (" shifted" if shifted else "")
    return Trial(name, seed, settings, end, end, truth)


def load_trial_bank(folder: Path, file: Path) -> Trial:
    """The bank's contacts, the latest fifth open."""
    now = datetime.now(UTC).replace(tzinfo=None)
    return Trial("bank", None, load_bank(folder, file), now, now, compared=True)


def load_trial_bank_random(folder: Path, file: Path, seed: int) -> Trial:
    """The bank's contacts in random order, the last fifth of it open; the settings name no order."""
    header, *contacts = file.read_text().splitlines()
    drawn = np.random.default_rng(seed).permutation(len(contacts))
    shuffled = folder.with_suffix(".csv")
    shuffled.write_text("\n".join([header, *(contacts[row] for row in drawn)]) + "\n")
    load_bank(folder, shuffled)
    config = folder / "leadscore.toml"
    settings = [line for line in config.read_text().splitlines() if not line.startswith("order =")]
    config.write_text("\n".join(settings) + "\n")
    now = datetime.now(UTC).replace(tzinfo=None)
    return Trial("bank random", seed, load_settings(config), now, now, compared=True)


def load_trial_olist(folder: Path, files: Path) -> Trial:
    """Olist's leads as they stood when the first of the withheld ones came in.

    Leads younger than `MATURED_DAYS` at the end of the records are left out. The latest fifth of the others is
    withheld, and deals that closed later than the first of these came in are not known yet.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "leadscore.toml").write_text(OLIST_SETTINGS)
    settings = load_settings(folder / "leadscore.toml")
    leads = olist_leads(files)
    n_withheld = int(leads.height * WITHHELD_SHARE)
    start, end = leads["first_contact_date"][-n_withheld], leads["first_contact_date"][-1]
    withheld = pl.col("first_contact_date") >= start
    won = pl.col("won_date") < start
    shown = leads.with_columns(
        has_deal=pl.when(~withheld).then(won.fill_null(False).cast(pl.Int64)),
        won_date=pl.when(~withheld & won).then("won_date"),
    )
    outcomes = leads.filter(withheld).select(
        lead_id="mql_id",
        converted=pl.col("won_date").is_not_null().cast(pl.Int64),
        true_probability=pl.lit(None, dtype=pl.Float64),
    )
    engine = open_engine(settings.database.url)
    load_table(engine, "leads", [shown], "mql_id")
    load_table(engine, "withheld_outcomes", [outcomes], "lead_id")
    engine.dispose()
    return Trial("olist", None, settings, start - timedelta(seconds=1), end + timedelta(days=1))


def olist_leads(files: Path) -> pl.DataFrame:
    """The matured leads in the order in which they came in, with the time of their deal."""
    leads = pl.read_csv(files / "olist_marketing_qualified_leads_dataset.csv", try_parse_dates=True)
    deals = pl.read_csv(files / "olist_closed_deals_dataset.csv", try_parse_dates=True).select("mql_id", "won_date")
    records_end = deals["won_date"].max()
    assert isinstance(records_end, datetime)
    joined = leads.with_columns(pl.col("first_contact_date").cast(pl.Datetime("us"))).join(
        deals, on="mql_id", how="left"
    )
    matured = pl.col("first_contact_date") <= records_end - timedelta(days=MATURED_DAYS)
    return joined.filter(matured).sort("first_contact_date", "mql_id")
