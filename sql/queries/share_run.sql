-- The same for one of those who work for the run: SQLite lets one write at a time anyway.
UPDATE score_runs SET status = 'running' WHERE run_id = :run_id AND attempt = :attempt AND status = 'running'
RETURNING run_id
