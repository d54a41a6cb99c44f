-- Close a run that published nothing; one that did, or that another took over, stays as it is.
UPDATE score_runs
SET status = :status, error = :error
WHERE run_id = :run_id AND attempt = :attempt AND status = 'running'
