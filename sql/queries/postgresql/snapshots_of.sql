-- The inputs of some leads at their first scoring.
SELECT lead_id, CAST(inputs AS TEXT) AS inputs FROM lead_snapshots WHERE lead_id = ANY(:ids)
