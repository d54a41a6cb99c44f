-- Let go the measures of nights that are old enough.
DELETE FROM monitoring WHERE run_id IN (SELECT run_id FROM score_runs WHERE published_at < :before)
