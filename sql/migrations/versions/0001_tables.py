"""The tables of the score store.

Identifiers have the types of the source, which `leadscore.store.migrate` passes in as ``id_types``.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

JSON = sa.Text().with_variant(JSONB(), "postgresql")  # SQLite keeps JSON as text
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    ids = context.config.attributes["id_types"]
    create_scores(ids)
    create_outcomes(ids)
    create_runs(ids)
    create_models()


def scored(ids: dict[str, Any]) -> list[sa.Column]:
    """What one scoring says of one lead."""
    return [
        sa.Column("account_id", ids["account"]),
        sa.Column("owner_id", ids["owner"]),
        sa.Column("probability", sa.Float(53), nullable=False),
        sa.Column("raw_probability", sa.Float(53), nullable=False),
        sa.Column("score", sa.SmallInteger, nullable=False),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("will_convert", sa.Boolean, nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("lead_updated_at", TIME),
        sa.Column("row_hash", sa.Text),
        sa.Column("scored_at", TIME, nullable=False),
    ]


def changed() -> list[sa.Column]:
    """How a published score came about."""
    return [
        sa.Column("previous_score", sa.SmallInteger),
        sa.Column("change_cause", sa.Text, nullable=False),
    ]


def create_scores(ids: dict[str, Any]) -> None:
    lead, run = sa.Column("lead_id", ids["id"], primary_key=True), sa.Column("run_id", sa.Text, nullable=False)
    op.create_table("lead_scores", lead, *scored(ids), *changed(), run)
    op.create_index("lead_scores_owner", "lead_scores", ["owner_id"])
    op.create_table(
        "lead_score_history",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("lead_id", ids["id"], primary_key=True),
        *scored(ids),
        *changed(),
        sa.Column("backfill", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("lead_score_history_lead", "lead_score_history", ["lead_id"])
    op.create_table(
        "staged_scores",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("lead_id", ids["id"], primary_key=True),
        *scored(ids),
    )
    op.create_table(
        "score_overrides",
        sa.Column("lead_id", ids["id"], primary_key=True),
        sa.Column("grade", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("expires_at", TIME),
    )


def create_outcomes(ids: dict[str, Any]) -> None:
    op.create_table(
        "lead_outcomes",
        sa.Column("lead_id", ids["id"], primary_key=True),
        sa.Column("account_id", ids["account"]),
        sa.Column("owner_id", ids["owner"]),
        sa.Column("created_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("label", sa.SmallInteger, nullable=False),
        sa.Column("seen_at", TIME, nullable=False),
    )
    op.create_table(
        "lead_snapshots",
        sa.Column("lead_id", ids["id"], primary_key=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("inputs", JSON, nullable=False),
    )


def create_runs(ids: dict[str, Any]) -> None:
    op.create_table(
        "score_runs",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("run_key", sa.Text, nullable=False, unique=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("as_of", TIME, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("rules_version", sa.Text, nullable=False),
        sa.Column("n_pulled", sa.BigInteger),
        sa.Column("n_quarantined", sa.BigInteger),
        sa.Column("n_scored", sa.BigInteger),
        sa.Column("n_removed", sa.BigInteger),
        sa.Column("base_rate", sa.Float(53)),
        sa.Column("started_at", TIME, nullable=False),
        sa.Column("published_at", TIME),
        sa.Column("error", sa.Text),
    )
    for name in ("quarantined_leads", "staged_quarantine"):
        op.create_table(
            name,
            sa.Column("run_id", sa.Text, primary_key=True),
            sa.Column("row_number", sa.BigInteger, primary_key=True),
            sa.Column("lead_id", ids["id"]),
            sa.Column("model_version", sa.Text, nullable=False),
            sa.Column("rules_version", sa.Text, nullable=False),
            sa.Column("lead_updated_at", TIME),
            sa.Column("row_hash", sa.Text),
            sa.Column("failures", JSON, nullable=False),
        )
    op.create_table(
        "monitoring",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("feature", sa.Text, primary_key=True),
        sa.Column("value", sa.Float(53)),
        sa.Column("limit", sa.Float(53)),
        sa.Column("breached", sa.Boolean, nullable=False),
    )


def create_models() -> None:
    op.create_table(
        "models",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("trained_at", TIME, nullable=False),
        sa.Column("as_of", TIME, nullable=False),
        sa.Column("n_leads", sa.BigInteger, nullable=False),
        sa.Column("window_start", TIME),
        sa.Column("window_end", TIME),
        sa.Column("metrics", JSON, nullable=False),
        sa.Column("cutoff", sa.Float(53), nullable=False),
        sa.Column("artifact_uri", sa.Text, nullable=False),
        sa.Column("artifact_sha256", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("promoted_at", TIME),
    )
    op.create_index(  # at most one champion, whoever promotes
        "models_one_champion",
        "models",
        ["status"],
        unique=True,
        sqlite_where=sa.text("status = 'champion'"),
        postgresql_where=sa.text("status = 'champion'"),
    )
