-- Who is scored, by which model, in which version of the row.
SELECT lead_id, model_version, lead_updated_at, row_hash FROM lead_scores
