-- A lead's outcome became known, or changed.
INSERT INTO lead_outcomes (lead_id, account_id, owner_id, created_at, closed_at, label, seen_at)
VALUES (:lead_id, :account_id, :owner_id, :created_at, :closed_at, :label, :seen_at)
ON CONFLICT (lead_id) DO UPDATE SET
    account_id = excluded.account_id,
    owner_id = excluded.owner_id,
    created_at = excluded.created_at,
    closed_at = excluded.closed_at,
    label = excluded.label,
    seen_at = excluded.seen_at
