-- Every published change of one lead's score, the first one first.
SELECT
    scored.score,
    scored.grade,
    scored.probability,
    scored.model_version,
    scored.scored_at,
    CAST(scored.reasons AS TEXT) AS reasons,
    run.base_rate,
    scored.change_cause
FROM lead_score_history AS scored
LEFT JOIN score_runs AS run ON run.run_id = scored.run_id
WHERE scored.lead_id = :lead_id AND NOT scored.backfill
ORDER BY scored.scored_at, scored.run_id
