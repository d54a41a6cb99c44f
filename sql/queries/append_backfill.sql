-- Keep what the leads of a moment in the past would have scored, marked as such.
INSERT INTO lead_score_history (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, change_cause, backfill,
    adjustment
)
SELECT
    :run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, 'new', TRUE,
    :adjustment
FROM staged_scores
