-- Keep leads that failed validation until their run publishes.
INSERT INTO staged_quarantine (
    chunk, row_number, lead_id, model_version, rules_version, lead_updated_at, row_hash, failures
)
VALUES (:chunk, :row_number, :lead_id, :model_version, :rules_version, :lead_updated_at, :row_hash, :failures)
