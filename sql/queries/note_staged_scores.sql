-- Leads that were scored tonight: their row in the user's own table is brought in line, if it is not. (It may be a new
-- row with the same score. SQLite needs the WHERE before ON CONFLICT.)
INSERT INTO write_backs (lead_id)
SELECT lead_id FROM staged_scores WHERE TRUE
ON CONFLICT DO NOTHING
