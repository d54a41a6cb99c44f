-- Bring every present score under a new base-rate adjustment, by the sum of adjust_staged. What changed tonight for
-- another reason, and so is in the history of this run already, keeps that reason.
UPDATE lead_scores
SET
    probability = raw_probability * :odds_ratio / (raw_probability * :odds_ratio + (1 - raw_probability)),
    will_convert = raw_probability >= :raw_cutoff,
    adjustment = :adjustment,
    run_id = :run_id,
    scored_at = told.scored_at,
    previous_score = told.previous_score,
    change_cause = told.change_cause
FROM (
    SELECT
        present.lead_id AS told_id,
        COALESCE(tonight.scored_at, :scored_at) AS scored_at,
        CASE WHEN tonight.lead_id IS NULL THEN present.score ELSE tonight.previous_score END AS previous_score,
        COALESCE(tonight.change_cause, 'base_rate') AS change_cause
    FROM lead_scores AS present
    LEFT JOIN lead_score_history AS tonight ON tonight.run_id = :run_id AND tonight.lead_id = present.lead_id
) AS told
WHERE lead_scores.lead_id = told.told_id
