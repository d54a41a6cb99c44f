-- Who is scored, by which model and rules, in which version of the row.
SELECT lead_id, model_version, rules_version, lead_updated_at, row_hash FROM lead_scores
