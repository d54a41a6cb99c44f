-- Keep what changes, before it does.
INSERT INTO lead_score_history (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, adjustment
)
SELECT
    :run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, :adjustment
FROM staged_changes
WHERE changes
