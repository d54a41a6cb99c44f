-- Keep every score under the new adjustment; what tonight has kept already was of the one before. (SQLite needs the
-- WHERE to tell ON CONFLICT from a join.)
INSERT INTO lead_score_history (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, adjustment
)
SELECT
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, adjustment
FROM lead_scores
WHERE TRUE
ON CONFLICT (run_id, lead_id) DO UPDATE SET
    probability = excluded.probability,
    will_convert = excluded.will_convert,
    adjustment = excluded.adjustment
