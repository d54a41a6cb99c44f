-- Note the accounts, as they are and as they were, of outcomes that become known or change tonight. (SQLite needs the
-- WHERE to tell ON CONFLICT from a join.)
INSERT INTO staged_accounts (account_id)
SELECT account_id
FROM (
    SELECT account_id FROM staged_outcomes
    UNION
    SELECT account_id FROM lead_outcomes WHERE lead_id IN (SELECT lead_id FROM staged_outcomes)
) AS touched
WHERE account_id IS NOT NULL
ON CONFLICT DO NOTHING
