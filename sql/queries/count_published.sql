-- How many leads are scored now, and how many of them not by this model.
SELECT COUNT(*) AS n_scores, COUNT(CASE WHEN model_version <> :model_version THEN 1 END) AS n_other_model
FROM lead_scores
