"""What people ask of the store, answered at once: the first published score beside each outcome, the continent of each
open lead, the open leads of an account by an index, which a rescoring never touches, and its outcomes, counted.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0004"

PROVE = """
UPDATE lead_outcomes
SET first_grade = proof.grade, first_probability = proof.probability
FROM (
    SELECT
        lead_id,
        grade,
        probability,
        scored_at,
        ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY scored_at, run_id) AS place
    FROM lead_score_history
    WHERE NOT backfill
) AS proof
WHERE
    proof.lead_id = lead_outcomes.lead_id
    AND proof.place = 1
    AND proof.scored_at < COALESCE(lead_outcomes.closed_at, lead_outcomes.seen_at)
"""
TALLY = """
INSERT INTO account_outcomes (account_id, leads, conversions)
SELECT account_id, COUNT(*), SUM(label)
FROM lead_outcomes
WHERE NOT vanished AND account_id IS NOT NULL
GROUP BY account_id
"""


def upgrade() -> None:
    op.add_column("lead_outcomes", sa.Column("first_grade", sa.Text))
    op.add_column("lead_outcomes", sa.Column("first_probability", sa.Float(53)))
    for table in ("lead_scores", "staged_scores"):
        op.add_column(table, sa.Column("continent", sa.Text))
    op.create_index("lead_scores_account", "lead_scores", ["account_id"])
    op.create_index("quarantined_leads_lead", "quarantined_leads", ["lead_id"])
    create_tallies(context.config.attributes["id_types"])
    op.execute(PROVE)
    op.execute(TALLY)


def create_tallies(ids: dict[str, Any]) -> None:
    op.create_table(
        "account_outcomes",
        sa.Column("account_id", ids["account"], primary_key=True, autoincrement=False),
        sa.Column("leads", sa.BigInteger, nullable=False),
        sa.Column("conversions", sa.BigInteger, nullable=False),
    )
    op.create_table("staged_accounts", sa.Column("account_id", ids["account"], primary_key=True, autoincrement=False))
