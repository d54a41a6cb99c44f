"""What the monitoring of a night adds up: the features of the leads that the latest runs scored, and what became of
those that each run scored first. And why a measure has no value.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"

JSON = sa.Text().with_variant(JSONB(), "postgresql")
COUNTS = ("n_left", "n_known", "n_won", "n_called", "n_called_won")


def upgrade() -> None:
    op.add_column("monitoring", sa.Column("reason", sa.Text))
    op.create_table(
        "feature_counts",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("n_leads", sa.BigInteger, nullable=False),
        sa.Column("counts", JSON, nullable=False),
    )
    op.create_table(
        "score_cohorts",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("n_first", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False, server_default="0") for name in COUNTS),
        sa.Column("n_predicted", sa.BigInteger, nullable=False, server_default="0"),
    )
