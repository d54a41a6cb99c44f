-- When the newest lead that a run has seen came in.
SELECT newest_lead FROM score_runs WHERE run_id = :run_id
