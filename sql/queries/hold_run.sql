-- Touch the run, if it is still ours: another that took over has raised the attempt or closed it.
UPDATE score_runs SET status = 'running' WHERE run_id = :run_id AND attempt = :attempt AND status = 'running'
RETURNING run_id
