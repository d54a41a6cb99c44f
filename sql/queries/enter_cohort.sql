-- Enter how many leads a run scored for the first time, or as returned.
INSERT INTO score_cohorts (run_id, n_first)
SELECT :run_id, COUNT(*) FROM lead_score_history WHERE run_id = :run_id AND change_cause = 'new' AND NOT backfill
