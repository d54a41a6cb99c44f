-- The proof: what became of the leads of each grade, by their first published score, if it came before the outcome.
CREATE VIEW conversion_by_grade AS
SELECT
    first_grade AS grade,
    COUNT(*) AS leads,
    SUM(label) AS conversions,
    AVG(CAST(label AS DOUBLE PRECISION)) AS conversion_rate,
    AVG(first_probability) AS predicted_rate
FROM lead_outcomes
WHERE first_grade IS NOT NULL
GROUP BY first_grade
