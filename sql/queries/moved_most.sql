-- The leads whose score a run moved most, with the reasons that they show now.
SELECT
    moved_leads.lead_id,
    moved_leads.owner_id,
    moved_leads.previous_score,
    moved_leads.score,
    moved_leads.moved,
    moved_leads.change_cause,
    present.grade,
    present.reasons_for,
    present.reasons_against
FROM (
    SELECT lead_id, owner_id, previous_score, score, moved, change_cause
    FROM score_changes
    WHERE run_id = :run_id AND moved <> 0
    ORDER BY ABS(moved) DESC, lead_id
    LIMIT :n
) AS moved_leads
LEFT JOIN scored_leads AS present ON present.lead_id = moved_leads.lead_id
ORDER BY ABS(moved_leads.moved) DESC, moved_leads.lead_id
