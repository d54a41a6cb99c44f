-- Take leads that are closed or deleted, or failed validation tonight, off the present scores; their history stays.
DELETE FROM lead_scores
WHERE lead_id IN (SELECT lead_id FROM staged_departures) OR lead_id IN (SELECT lead_id FROM staged_quarantine)
RETURNING lead_id
