-- Count the outcomes of the accounts that tonight touches, of leads that are in the source still.
INSERT INTO account_outcomes (account_id, leads, conversions)
SELECT account_id, COUNT(*), SUM(label)
FROM lead_outcomes
WHERE NOT vanished AND account_id IN (SELECT account_id FROM staged_accounts)
GROUP BY account_id
