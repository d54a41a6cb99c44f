"""What the store must hold after a night, from the table of the leads and the champion alone.

Leads are scored here all at once and clean: nothing is known of due leads, chunks, staging or earlier nights.
"""

import json

import polars as pl
from polars.datatypes import DataType

from leadscore.models.bundle import load
from leadscore.scoring import Checked, Model, score
from leadscore.store.registry import Champion
from leadscore.validate.batch import BatchCounts
from soak.world import SPOILED

OUTCOME = ["lead_id", "account_id", "owner_id", "created_at", "closed_at", "label"]
VERSION = ["lead_id", "lead_updated_at", "model_version", "rules_version"]
REASONS = 3
SCORED: dict[str, DataType] = {  # what a clean scoring says
    **dict.fromkeys(("lead_id", "account_id", "owner_id"), pl.Int64()),
    "raw_probability": pl.Float64(),
    "score": pl.Int64(),
    "grade": pl.String(),
    "reasons": pl.String(),
    "lead_updated_at": pl.Datetime("us"),
    "continent": pl.String(),
}


def lives(leads: pl.DataFrame) -> pl.DataFrame:
    """Who the leads are and how they stand, as the store calls it."""
    return leads.select(
        "lead_id",
        "created_at",
        "closed_at",
        account_id="customer_idx",
        owner_id="lead_owner",
        label=pl.col("is_converted").cast(pl.Int8),
        lead_updated_at="updated_at",
        row_hash=pl.lit(None, pl.String),
        first=pl.lit(False),
    )


def is_open(leads: pl.DataFrame) -> pl.DataFrame:
    return leads.filter(pl.col("is_converted").is_null())


def outcomes(leads: pl.DataFrame) -> pl.DataFrame:
    """The outcomes that the table shows."""
    return lives(leads).filter(pl.col("label").is_not_null()).select(OUTCOME)


def scorer(champion: Champion) -> Model:
    bundle = load(champion.uri, champion.sha256)
    return Model(champion, bundle, bundle.rules)


def clean_scores(model: Model, leads: pl.DataFrame) -> pl.DataFrame:
    """Every open, valid lead as the model scores it, by id, with the columns of SCORED."""
    valid = is_open(leads).filter(~SPOILED)
    checked = Checked(model.bundle.schema.conform(valid), lives(valid), pl.DataFrame(), BatchCounts())
    scores = pl.concat(score(model, checked, outcomes(leads), REASONS)[0])
    told = pl.Series("reasons", map(canonical, scores["reasons"]), dtype=pl.String)
    return scores.with_columns(told).select(*SCORED).cast(SCORED).sort("lead_id")  # type: ignore[arg-type]


def canonical(value: object) -> str:
    """JSON, as a text or read, as the one text that says it."""
    read = json.loads(value) if isinstance(value, str) else value
    return json.dumps(read, sort_keys=True, ensure_ascii=False)


def due(leads: pl.DataFrame, seen: pl.DataFrame, moved: pl.DataFrame, model: Model, rules_version: str) -> pl.DataFrame:
    """The open leads that a night has to look at.

    ``seen`` (VERSION) are scored or in quarantine as they are, the latter ``held``; ``moved`` are the outcomes that are
    not as they were, before and now.
    """
    versions = {"model_version": pl.lit(model.version), "rules_version": pl.lit(rules_version)}
    opened = lives(is_open(leads)).with_columns(**versions)
    known = opened.join(seen, on=VERSION, how="left", nulls_equal=True, maintain_order="left")
    late = known["lead_id"].is_in(touched(opened, moved)["lead_id"].implode())
    asked = model.bundle.inputs.pasts
    return known.filter(pl.col("held").is_null() | (late if asked else pl.lit(False)) & ~pl.col("held"))


def touched(opened: pl.DataFrame, moved: pl.DataFrame) -> pl.DataFrame:
    """The open leads of whose account an outcome moved that was known before they came in."""
    known_at = moved.select("account_id", known_at=pl.max_horizontal("created_at", "closed_at"))
    return opened.join(known_at, on="account_id").filter(pl.col("known_at") < pl.col("created_at"))


def first_said(outcomes: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """The outcomes with what the lead's first published score said, if that came before.

    ``first``: lead_id, grade, probability, and ``said_at``, the night.
    """
    told = outcomes.join(first, on="lead_id", how="left").sort("lead_id")
    in_time = pl.col("said_at") < pl.col("closed_at")
    return told.select(
        *OUTCOME,
        first_grade=pl.when(in_time).then("grade"),
        first_probability=pl.when(in_time).then("probability"),
    )
