-- How many present scores lie in each bin of the raw probability, by score and by whether they are worth a call; how many
-- of them will convert, in billionths, so that their sum is the same in any order; and how many are not of this model
-- and adjustment.
WITH edges AS MATERIALIZED (SELECT value AS edge FROM json_each(:edges))
SELECT
    (SELECT COUNT(*) FROM edges WHERE edge <= raw_probability) AS bin,
    score,
    CASE WHEN will_convert THEN 1 ELSE 0 END AS called,
    COUNT(*) AS n_open,
    SUM(CAST(probability * 1000000000 AS INTEGER)) AS n_expected,
    SUM(CASE WHEN model_version = :model_version AND adjustment = :adjustment THEN 0 ELSE 1 END) AS n_other
FROM lead_scores
GROUP BY 1, 2, 3
