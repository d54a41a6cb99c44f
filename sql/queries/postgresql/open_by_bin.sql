-- How many present scores lie in each bin of the raw probability, and how many are not of this model and adjustment.
SELECT
    width_bucket(
        raw_probability,
        ARRAY(SELECT CAST(edge AS DOUBLE PRECISION) FROM json_array_elements_text(CAST(:edges AS JSON)) AS edge)
    ) AS bin,
    COUNT(*) AS n_open,
    SUM(CASE WHEN model_version = :model_version AND adjustment = :adjustment THEN 0 ELSE 1 END) AS n_other
FROM lead_scores
GROUP BY 1
