"""On SQLite, which reads a row whole: indexes that hold all that a total of a million leads asks for (docs/query.md).

PostgreSQL does without: it is as fast by reading the table, and a rescoring touches no index of it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":
        return
    queued = ["owner_id", "grade", "probability", "lead_id", "account_id", "score", "will_convert"]
    op.create_index("lead_scores_queue", "lead_scores", queued, sqlite_where=sa.text("will_convert"))
    op.create_index("lead_scores_continent", "lead_scores", ["continent", "lead_id", "probability"])
    op.create_index("lead_outcomes_grade", "lead_outcomes", ["first_grade", "label", "first_probability"])
