"""The base rate that probabilities stand for: which numbered adjustment a score is of, and the cutoff in force; and the
probability from which a lead is in the sales queue, where only so many can be called.

Adjustment 0 is none, which all scores of before have.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for table in ("lead_scores", "lead_score_history", "score_runs"):
        op.add_column(table, sa.Column("adjustment", sa.Integer, nullable=False, server_default="0"))
    op.add_column("score_runs", sa.Column("cutoff", sa.Float(53)))
    op.add_column("score_runs", sa.Column("raw_cutoff", sa.Float(53)))
    op.add_column("score_runs", sa.Column("queue_from", sa.Float(53)))
