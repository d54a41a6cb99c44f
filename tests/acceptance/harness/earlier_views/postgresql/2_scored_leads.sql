-- The present score of each open lead, a person's correction applied, the reasons as sentences.
CREATE VIEW scored_leads AS
SELECT
    scores.lead_id,
    scores.account_id,
    scores.owner_id,
    scores.score,
    COALESCE(corrections.grade, scores.grade) AS grade,
    scores.probability,
    scores.will_convert,
    (
        SELECT STRING_AGG(
            REPLACE(reason ->> 'feature', '_', ' ') || ': ' || (reason ->> 'value'), '; ' ORDER BY place
        )
        FROM JSONB_ARRAY_ELEMENTS(CAST(scores.reasons AS JSONB) -> 'for') WITH ORDINALITY AS told (reason, place)
    ) AS reasons_for,
    (
        SELECT STRING_AGG(
            REPLACE(reason ->> 'feature', '_', ' ') || ': ' || (reason ->> 'value'), '; ' ORDER BY place
        )
        FROM JSONB_ARRAY_ELEMENTS(CAST(scores.reasons AS JSONB) -> 'against') WITH ORDINALITY AS told (reason, place)
    ) AS reasons_against,
    scores.previous_score,
    scores.change_cause,
    corrections.lead_id IS NOT NULL AS overridden,
    corrections.note AS override_note,
    scores.model_version,
    scores.scored_at
FROM lead_scores AS scores
LEFT JOIN score_overrides AS corrections
    ON corrections.lead_id = scores.lead_id
    AND (corrections.expires_at IS NULL OR corrections.expires_at > CURRENT_TIMESTAMP)
