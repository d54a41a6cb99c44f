-- The grades that persons gave and that have not expired.
CREATE VIEW overrides_in_force AS
SELECT lead_id, grade, note
FROM score_overrides
WHERE expires_at IS NULL OR DATETIME(expires_at) > CURRENT_TIMESTAMP
