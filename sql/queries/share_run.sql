-- Keep the run, if it is still ours, from being taken over, as one of those who work for it.
UPDATE score_runs SET status = 'running' WHERE run_id = :run_id AND attempt = :attempt AND status = 'running'
RETURNING run_id
