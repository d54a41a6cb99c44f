-- How the mean score of the leads that the same model scored before moves.
SELECT
    COUNT(*) AS n_leads,
    AVG(CAST(present.score AS DOUBLE PRECISION)) AS present_mean,
    AVG(CAST(staged.score AS DOUBLE PRECISION)) AS staged_mean
FROM staged_scores AS staged
INNER JOIN lead_scores AS present
    ON present.lead_id = staged.lead_id AND present.model_version = staged.model_version
