-- Publish the outcomes that became known, or changed. (SQLite needs the WHERE to tell ON CONFLICT from a join.)
INSERT INTO lead_outcomes (lead_id, account_id, owner_id, created_at, closed_at, label, seen_at)
SELECT lead_id, account_id, owner_id, created_at, closed_at, label, seen_at
FROM staged_outcomes
WHERE TRUE
ON CONFLICT (lead_id) DO UPDATE SET
    account_id = excluded.account_id,
    owner_id = excluded.owner_id,
    created_at = excluded.created_at,
    closed_at = excluded.closed_at,
    label = excluded.label,
    vanished = FALSE,
    seen_at = excluded.seen_at
