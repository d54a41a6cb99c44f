-- Keep the inputs of leads that are scored for the first time; a snapshot stays as it is. (SQLite needs the WHERE.)
INSERT INTO lead_snapshots (lead_id, run_id, inputs)
SELECT lead_id, :run_id, inputs FROM staged_scores WHERE inputs IS NOT NULL
ON CONFLICT DO NOTHING
