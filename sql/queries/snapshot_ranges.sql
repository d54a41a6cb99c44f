-- The leads that were ever scored, in ranges of so many.
SELECT MIN(lead_id) AS first_lead, MAX(lead_id) AS last_lead
FROM (SELECT lead_id, (ROW_NUMBER() OVER (ORDER BY lead_id) - 1) / :n AS part FROM lead_snapshots) AS parted
GROUP BY part
ORDER BY part
