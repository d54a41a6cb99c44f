-- The inputs of some leads at their first scoring.
SELECT lead_id, inputs FROM lead_snapshots WHERE lead_id IN :ids
