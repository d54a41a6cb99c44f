-- All leads that the store knows, with a score or without: the user has named other columns to write into.
INSERT INTO write_backs (lead_id)
SELECT known.lead_id
FROM (
    SELECT lead_id FROM lead_scores
    UNION
    SELECT lead_id FROM lead_outcomes
    UNION
    SELECT lead_id FROM quarantined_leads WHERE lead_id IS NOT NULL
) AS known
WHERE TRUE
ON CONFLICT DO NOTHING
