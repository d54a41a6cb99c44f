-- Publish the outcomes that became known, or changed, each beside what the lead's first published score said, if that
-- came before the outcome. (SQLite needs the WHERE to tell ON CONFLICT from a join.)
INSERT INTO lead_outcomes (
    lead_id, account_id, owner_id, created_at, closed_at, label, seen_at, first_grade, first_probability
)
SELECT
    staged.lead_id,
    staged.account_id,
    staged.owner_id,
    staged.created_at,
    staged.closed_at,
    staged.label,
    staged.seen_at,
    proof.grade,
    proof.probability
FROM staged_outcomes AS staged
LEFT JOIN lead_score_history AS proof
    ON proof.lead_id = staged.lead_id
    AND proof.scored_at < COALESCE(staged.closed_at, staged.seen_at)
    AND proof.run_id = (
        SELECT scored.run_id
        FROM lead_score_history AS scored
        WHERE scored.lead_id = staged.lead_id AND NOT scored.backfill
        ORDER BY scored.scored_at, scored.run_id
        LIMIT 1
    )
WHERE TRUE
ON CONFLICT (lead_id) DO UPDATE SET
    account_id = excluded.account_id,
    owner_id = excluded.owner_id,
    created_at = excluded.created_at,
    closed_at = excluded.closed_at,
    label = excluded.label,
    vanished = FALSE,
    seen_at = excluded.seen_at,
    first_grade = excluded.first_grade,
    first_probability = excluded.first_probability
