-- What the user's own table should say of the leads that are not in line yet; nulls for one without a score.
SELECT
    pending.lead_id,
    scores.lead_updated_at,
    scores.row_hash,
    scores.score,
    scores.grade,
    scores.probability,
    scores.scored_at
FROM write_backs AS pending
LEFT JOIN lead_scores AS scores ON scores.lead_id = pending.lead_id
ORDER BY pending.lead_id
