-- How the run stands, if there is one of this key.
SELECT status, accepted_by FROM score_runs WHERE run_id = :run_id
