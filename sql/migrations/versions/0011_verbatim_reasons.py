"""On PostgreSQL reasons are kept as they are written: read by lead, never searched, they take three quarters as JSON of
what they take as JSONB, and most of a score is its reasons.
"""

from alembic import op
from sqlalchemy.dialects.postgresql import JSON

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in ("lead_scores", "lead_score_history", "staged_scores"):
        op.alter_column(table, "reasons", type_=JSON(), postgresql_using="reasons::json")
