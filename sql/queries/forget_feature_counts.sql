-- Let go what is of another model or too long ago to tell of the present: the table stays small.
DELETE FROM feature_counts
WHERE run_id IN (SELECT run_id FROM score_runs WHERE model_version <> :model_version OR as_of < :since)
