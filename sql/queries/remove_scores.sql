-- Take leads that are closed or deleted, or failed validation tonight, off the present scores; their history stays.
-- (One list for the index or a hash join: two lists joined by OR are searched through for each score.)
DELETE FROM lead_scores
WHERE lead_id IN (SELECT lead_id FROM staged_departures UNION SELECT lead_id FROM staged_quarantine)
RETURNING lead_id
