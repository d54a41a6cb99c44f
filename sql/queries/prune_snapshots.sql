-- Let go the first inputs of leads in a range that are closed or gone, and of which nothing was heard since.
DELETE FROM lead_snapshots
WHERE lead_id BETWEEN :first_lead AND :last_lead
    AND NOT EXISTS (SELECT 1 FROM lead_scores AS present WHERE present.lead_id = lead_snapshots.lead_id)
    AND NOT EXISTS (SELECT 1 FROM quarantined_leads AS held WHERE held.lead_id = lead_snapshots.lead_id)
    AND NOT EXISTS (
        SELECT 1 FROM lead_outcomes AS known
        WHERE known.lead_id = lead_snapshots.lead_id AND known.seen_at >= :before
    )
    AND NOT EXISTS (
        SELECT 1 FROM lead_score_history AS scored
        WHERE scored.lead_id = lead_snapshots.lead_id AND scored.scored_at >= :before
    )
RETURNING lead_id
