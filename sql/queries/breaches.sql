-- The measures of a run that are beyond their limits.
SELECT name, feature, value, "limit" FROM monitoring WHERE run_id = :run_id AND breached ORDER BY name, feature
