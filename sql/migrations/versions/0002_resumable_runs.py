"""Runs that are taken up where they were killed, accepted by a person, or written back into the user's own table.

What is staged hangs on the chunk that it belongs to and no more on the run. What was staged before is let go: the
next run scores it.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"

JSON = sa.Text().with_variant(JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    ids = context.config.attributes["id_types"]
    extend_runs()
    op.drop_table("staged_scores")
    op.drop_table("staged_quarantine")
    create_staging(ids)
    op.create_table("write_backs", sa.Column("lead_id", ids["id"], primary_key=True))
    if op.get_bind().dialect.name == "postgresql":  # room beside each row, so that its nightly update stays there
        op.execute("ALTER TABLE lead_scores SET (fillfactor = 50)")


def extend_runs() -> None:
    op.add_column("score_runs", sa.Column("attempt", sa.Integer, nullable=False, server_default="1"))
    op.add_column("score_runs", sa.Column("scope", sa.Text, nullable=False, server_default="due"))
    op.add_column("score_runs", sa.Column("accepted_by", sa.Text))
    op.add_column("score_runs", sa.Column("n_written", sa.BigInteger))
    op.add_column("score_runs", sa.Column("written_at", TIME))
    op.add_column("score_runs", sa.Column("written_into", sa.Text))
    op.execute("UPDATE score_runs SET scope = 'full' WHERE run_key LIKE '% full %'")


def create_staging(ids: dict[str, Any]) -> None:
    """Nothing in them has to be there: the audit says what is missing."""
    op.create_table(
        "staged_chunks",
        sa.Column("chunk", sa.Text, primary_key=True),
        sa.Column("n_leads", sa.BigInteger),
        sa.Column("counts", JSON),
    )
    op.create_table(
        "staged_scores",
        sa.Column("chunk", sa.Text, primary_key=True),
        sa.Column("lead_id", ids["id"], primary_key=True),
        sa.Column("account_id", ids["account"]),
        sa.Column("owner_id", ids["owner"]),
        sa.Column("probability", sa.Float(53)),
        sa.Column("raw_probability", sa.Float(53)),
        sa.Column("score", sa.SmallInteger),
        sa.Column("grade", sa.Text),
        sa.Column("will_convert", sa.Boolean),
        sa.Column("reasons", JSON),
        sa.Column("model_version", sa.Text),
        sa.Column("rules_version", sa.Text),
        sa.Column("lead_updated_at", TIME),
        sa.Column("row_hash", sa.Text),
        sa.Column("scored_at", TIME),
    )
    op.create_table(
        "staged_quarantine",
        sa.Column("chunk", sa.Text, primary_key=True),
        sa.Column("row_number", sa.BigInteger, primary_key=True),
        sa.Column("lead_id", ids["id"]),
        sa.Column("model_version", sa.Text),
        sa.Column("rules_version", sa.Text),
        sa.Column("lead_updated_at", TIME),
        sa.Column("row_hash", sa.Text),
        sa.Column("failures", JSON),
    )
    op.create_table("staged_departures", sa.Column("lead_id", ids["id"], primary_key=True))
    op.create_table(
        "staged_outcomes",
        sa.Column("lead_id", ids["id"], primary_key=True),
        sa.Column("account_id", ids["account"]),
        sa.Column("owner_id", ids["owner"]),
        sa.Column("created_at", TIME),
        sa.Column("closed_at", TIME),
        sa.Column("label", sa.SmallInteger),
        sa.Column("seen_at", TIME),
    )
