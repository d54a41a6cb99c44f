-- The known outcomes of some accounts, of leads that are in the source still.
SELECT lead_id, account_id, owner_id, created_at, closed_at, label FROM lead_outcomes
WHERE account_id = ANY(:ids) AND NOT vanished
