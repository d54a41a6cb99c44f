-- The same for one of those who work for the run: they do not wait for each other, and whoever takes over waits for all.
SELECT run_id FROM score_runs WHERE run_id = :run_id AND attempt = :attempt AND status = 'running' FOR SHARE
