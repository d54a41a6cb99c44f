-- Writing a score into the lead's own row made a new version of it, which is scored already.
UPDATE lead_scores SET lead_updated_at = :lead_updated_at, row_hash = :row_hash WHERE lead_id = :lead_id
