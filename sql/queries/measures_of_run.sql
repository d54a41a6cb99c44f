-- What was measured of the leads and scores of a run, what passed its limit first.
SELECT name, feature, value, "limit", breached, reason
FROM monitoring
WHERE run_id = :run_id
ORDER BY breached DESC, name, feature
