-- Whose outcome is known, and what is kept of it.
SELECT lead_id, account_id, owner_id, created_at, closed_at, label, vanished FROM lead_outcomes
