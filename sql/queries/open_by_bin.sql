-- How many present scores lie in each bin of the raw probability, and how many are not of this model and adjustment.
WITH edges AS MATERIALIZED (SELECT value AS edge FROM json_each(:edges))
SELECT
    (SELECT COUNT(*) FROM edges WHERE edge <= raw_probability) AS bin,
    COUNT(*) AS n_open,
    SUM(CASE WHEN model_version = :model_version AND adjustment = :adjustment THEN 0 ELSE 1 END) AS n_other
FROM lead_scores
GROUP BY 1
