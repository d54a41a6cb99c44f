-- Publish the staged scores over those of the same leads. (SQLite needs the WHERE to tell ON CONFLICT from a join.)
INSERT INTO lead_scores (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, continent,
    adjustment
)
SELECT
    :run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, previous_score, change_cause, continent,
    :adjustment
FROM staged_changes
WHERE TRUE
ON CONFLICT (lead_id) DO UPDATE SET
    run_id = excluded.run_id,
    account_id = excluded.account_id,
    owner_id = excluded.owner_id,
    probability = excluded.probability,
    raw_probability = excluded.raw_probability,
    score = excluded.score,
    grade = excluded.grade,
    will_convert = excluded.will_convert,
    reasons = excluded.reasons,
    model_version = excluded.model_version,
    rules_version = excluded.rules_version,
    lead_updated_at = excluded.lead_updated_at,
    row_hash = excluded.row_hash,
    scored_at = excluded.scored_at,
    previous_score = excluded.previous_score,
    change_cause = excluded.change_cause,
    continent = excluded.continent,
    adjustment = excluded.adjustment
