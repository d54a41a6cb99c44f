-- The runs that began last, the latest first.
SELECT run_id, status, as_of, n_scored, error FROM score_runs ORDER BY started_at DESC LIMIT :n
