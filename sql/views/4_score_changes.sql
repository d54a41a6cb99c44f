-- Every published change of a score, and whether the lead, the model or the base rate caused it.
CREATE VIEW score_changes AS
SELECT
    history.lead_id,
    history.account_id,
    history.owner_id,
    history.previous_score,
    history.score,
    history.score - history.previous_score AS moved,
    history.grade,
    history.probability,
    history.change_cause,
    history.model_version,
    history.run_id,
    history.scored_at
FROM lead_score_history AS history
WHERE NOT history.backfill
