"""Which runs have let go the history that is not kept, so that no night looks through it again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("score_runs", sa.Column("pruned_at", sa.DateTime(timezone=True)))
