-- What publishing a run's staged scores would change: each beside the lead's present score.
CREATE VIEW staged_changes AS
SELECT
    staged.*,
    present.score AS previous_score,
    CASE
        WHEN present.lead_id IS NULL THEN 'new'
        WHEN present.model_version <> staged.model_version THEN 'model'
        ELSE 'lead'
    END AS change_cause,
    present.lead_id IS NULL
    OR present.model_version <> staged.model_version
    OR present.probability <> staged.probability
    OR present.reasons <> staged.reasons AS changes
FROM staged_scores AS staged
LEFT JOIN lead_scores AS present ON present.lead_id = staged.lead_id
