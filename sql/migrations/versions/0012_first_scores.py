"""An index of the history by the run that scored a lead first: every night asks what became of those leads, and would
read the whole history for it, which grows by every lead at each retrain.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

FIRST = sa.text("change_cause = 'new' AND NOT backfill")


def upgrade() -> None:
    op.create_index(
        "lead_score_history_first", "lead_score_history", ["run_id"], postgresql_where=FIRST, sqlite_where=FIRST
    )
