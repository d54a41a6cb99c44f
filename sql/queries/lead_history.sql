-- Every published change of one lead's score, the first one first.
SELECT
    scored.scored_at,
    scored.score,
    scored.grade,
    scored.probability,
    scored.change_cause,
    scored.model_version,
    CAST(scored.reasons AS TEXT) AS reasons,
    run.base_rate
FROM lead_score_history AS scored
LEFT JOIN score_runs AS run ON run.run_id = scored.run_id
WHERE scored.lead_id = :lead_id AND NOT scored.backfill
ORDER BY scored.scored_at, scored.run_id
