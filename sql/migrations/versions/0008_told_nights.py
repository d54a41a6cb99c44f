"""What a night found in the source, for its report: how many leads, the newest of them, and the quarantine by rule.

Of nights before there is nothing to tell.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"

JSON = sa.Text().with_variant(JSONB(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("score_runs", sa.Column("n_in_source", sa.BigInteger))
    op.add_column("score_runs", sa.Column("n_open", sa.BigInteger))
    op.add_column("score_runs", sa.Column("newest_lead", TIME))
    op.add_column("score_runs", sa.Column("quarantined_by_rule", JSON))
