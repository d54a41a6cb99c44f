-- Close a run that published nothing.
UPDATE score_runs SET status = :status, error = :error WHERE run_id = :run_id
