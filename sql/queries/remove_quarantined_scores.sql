-- Take leads that failed validation tonight off the present scores.
DELETE FROM lead_scores WHERE lead_id IN (SELECT lead_id FROM staged_quarantine WHERE run_id = :run_id)
