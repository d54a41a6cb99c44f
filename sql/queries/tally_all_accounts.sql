-- Count the outcomes of every account, of leads that are in the source still.
INSERT INTO account_outcomes (account_id, leads, conversions)
SELECT account_id, COUNT(*), SUM(label)
FROM lead_outcomes
WHERE NOT vanished AND account_id IS NOT NULL
GROUP BY account_id
