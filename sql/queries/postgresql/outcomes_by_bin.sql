-- What became of the leads that came in while this model scored, by the night on which it scored them as new and the bin
-- of the raw probability that it gave. Leads that are gone without an outcome do not count.
-- (OFFSET 0 has them looked up by run. PostgreSQL would read the whole history instead: it takes each run to have some.)
SELECT
    run.as_of,
    width_bucket(
        scored.raw_probability,
        ARRAY(SELECT CAST(edge AS DOUBLE PRECISION) FROM json_array_elements_text(CAST(:edges AS JSON)) AS edge)
    ) AS bin,
    SUM(CASE WHEN outcome.label = 1 THEN 1 ELSE 0 END) AS n_won,
    SUM(CASE WHEN outcome.label = 0 THEN 1 ELSE 0 END) AS n_lost,
    SUM(CASE WHEN outcome.label IS NULL THEN 1 ELSE 0 END) AS n_open
FROM score_runs AS run
CROSS JOIN LATERAL (
    SELECT lead_id, raw_probability
    FROM lead_score_history
    WHERE run_id = run.run_id AND change_cause = 'new' AND NOT backfill
    OFFSET 0
) AS scored
LEFT JOIN lead_outcomes AS outcome ON outcome.lead_id = scored.lead_id
LEFT JOIN lead_scores AS present ON present.lead_id = scored.lead_id
WHERE run.model_version = :model_version AND (outcome.lead_id IS NOT NULL OR present.lead_id IS NOT NULL)
GROUP BY 1, 2
