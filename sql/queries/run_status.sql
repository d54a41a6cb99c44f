-- How a run stands.
SELECT status FROM score_runs WHERE run_id = :run_id
