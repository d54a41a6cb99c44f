-- Keep a score until its run publishes; a second try of the step changes nothing.
INSERT INTO staged_scores (
    run_id, lead_id, account_id, owner_id, probability, raw_probability, score, grade, will_convert, reasons,
    model_version, rules_version, lead_updated_at, row_hash, scored_at
)
VALUES (
    :run_id, :lead_id, :account_id, :owner_id, :probability, :raw_probability, :score, :grade, :will_convert, :reasons,
    :model_version, :rules_version, :lead_updated_at, :row_hash, :scored_at
)
ON CONFLICT DO NOTHING
