-- Note outcomes that became known, or changed.
COPY staged_outcomes (lead_id, account_id, owner_id, created_at, closed_at, label, seen_at)
FROM STDIN (FORMAT csv, HEADER match)
