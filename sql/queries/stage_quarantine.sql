-- Keep a lead that failed validation until its run publishes; a second try of the step changes nothing.
INSERT INTO staged_quarantine (
    run_id, row_number, lead_id, model_version, rules_version, lead_updated_at, row_hash, failures
)
VALUES (:run_id, :row_number, :lead_id, :model_version, :rules_version, :lead_updated_at, :row_hash, :failures)
ON CONFLICT DO NOTHING
