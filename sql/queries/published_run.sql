-- What a run published, if it got to the end.
SELECT scope, n_pulled, n_quarantined, n_scored, n_removed
FROM score_runs
WHERE run_id = :run_id AND status IN ('published', 'empty')
