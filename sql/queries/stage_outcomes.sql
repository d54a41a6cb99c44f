-- Note outcomes that became known, or changed.
INSERT INTO staged_outcomes (lead_id, account_id, owner_id, created_at, closed_at, label, seen_at)
VALUES (:lead_id, :account_id, :owner_id, :created_at, :closed_at, :label, :seen_at)
