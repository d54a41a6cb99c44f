-- Who is quarantined, by which rules, in which version of the row.
SELECT run_id, row_number, lead_id, model_version, rules_version, lead_updated_at, row_hash FROM quarantined_leads
