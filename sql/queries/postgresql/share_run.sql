-- Keep the run, if it is still ours, from being taken over, as one of those who work for it.
-- (They do not wait for each other, and whoever takes over waits for all.)
SELECT run_id FROM score_runs WHERE run_id = :run_id AND attempt = :attempt AND status = 'running' FOR SHARE
