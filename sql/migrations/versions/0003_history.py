"""What was known when: the inputs of a lead at its first scoring, and the outcomes of an account that still count.

What was staged before stays and has no inputs; its chunks have other names by now, so that the next run scores them
anew.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"

JSON = sa.Text().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("lead_outcomes", sa.Column("vanished", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("staged_scores", sa.Column("inputs", JSON))
    op.create_index("lead_outcomes_account", "lead_outcomes", ["account_id"])
