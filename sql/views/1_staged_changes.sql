-- What publishing the staged scores would change: each beside the lead's present score. (Of the present scores the join
-- takes no reasons, which are most of a row: they are looked up only where nothing else tells of a change.)
CREATE VIEW staged_changes AS
SELECT
    compared.*,
    CASE WHEN changes THEN present_score ELSE present_previous_score END AS previous_score,
    CASE
        WHEN present_model_version IS NULL THEN 'new'
        WHEN NOT changes THEN present_change_cause
        WHEN present_model_version <> model_version THEN 'model'
        ELSE 'lead'
    END AS change_cause
FROM (
    SELECT
        staged.*,
        present.score AS present_score,
        present.previous_score AS present_previous_score,
        present.change_cause AS present_change_cause,
        present.model_version AS present_model_version,
        present.lead_id IS NULL
        OR present.model_version <> staged.model_version
        OR present.probability <> staged.probability
        OR (
            SELECT CAST(same.reasons AS TEXT) FROM lead_scores AS same WHERE same.lead_id = staged.lead_id
        ) <> CAST(staged.reasons AS TEXT) AS changes
    FROM staged_scores AS staged
    LEFT JOIN lead_scores AS present ON present.lead_id = staged.lead_id
) AS compared
