-- Put beside each outcome what the lead's first published score said, if that came before the outcome.
UPDATE lead_outcomes
SET first_grade = proof.grade, first_probability = proof.probability
FROM (
    SELECT
        lead_id,
        grade,
        probability,
        scored_at,
        ROW_NUMBER() OVER (PARTITION BY lead_id ORDER BY scored_at, run_id) AS place
    FROM lead_score_history
    WHERE NOT backfill
) AS proof
WHERE
    proof.lead_id = lead_outcomes.lead_id
    AND proof.place = 1
    AND proof.scored_at < COALESCE(lead_outcomes.closed_at, lead_outcomes.seen_at)
