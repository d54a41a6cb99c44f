-- Leads whose score changes: their row in the user's own table is to be brought in line.
INSERT INTO write_backs (lead_id)
SELECT lead_id FROM staged_changes WHERE changes
ON CONFLICT DO NOTHING
