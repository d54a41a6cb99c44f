-- The present score of one lead, with the base rate and the cutoff that it is of.
SELECT
    scores.account_id,
    scores.owner_id,
    scores.continent,
    scores.will_convert,
    run.cutoff,
    scores.score,
    scores.grade,
    scores.probability,
    scores.model_version,
    scores.scored_at,
    CAST(scores.reasons AS TEXT) AS reasons,
    run.base_rate
FROM lead_scores AS scores
LEFT JOIN score_runs AS run ON run.run_id = scores.run_id
WHERE scores.lead_id = :lead_id
