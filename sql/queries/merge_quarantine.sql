-- Publish the leads that failed validation in a run.
INSERT INTO quarantined_leads (
    run_id, row_number, lead_id, model_version, rules_version, lead_updated_at, row_hash, failures
)
SELECT :run_id, row_number, lead_id, model_version, rules_version, lead_updated_at, row_hash, failures
FROM staged_quarantine
