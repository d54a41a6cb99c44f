-- Keep scores until their run publishes.
COPY staged_scores (
    chunk, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at, continent, inputs
)
FROM STDIN (FORMAT csv, HEADER match)
