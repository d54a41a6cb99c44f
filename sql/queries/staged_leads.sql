-- Who is staged as scored.
SELECT lead_id FROM staged_scores
