-- Whose outcome is known.
SELECT lead_id, label FROM lead_outcomes
