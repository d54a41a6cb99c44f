-- The proof: what became of the leads of each grade, by their first published score, if it came before the outcome.
CREATE VIEW conversion_by_grade AS
SELECT
    first.grade,
    COUNT(*) AS leads,
    SUM(outcome.label) AS conversions,
    AVG(CAST(outcome.label AS DOUBLE PRECISION)) AS conversion_rate,
    AVG(first.probability) AS predicted_rate
FROM (
    SELECT
        lead_id,
        grade,
        probability,
        scored_at,
        ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY scored_at, run_id) AS place
    FROM lead_score_history
    WHERE NOT backfill
) AS first
INNER JOIN lead_outcomes AS outcome ON outcome.lead_id = first.lead_id
WHERE first.place = 1 AND first.scored_at < COALESCE(outcome.closed_at, outcome.seen_at)
GROUP BY first.grade
