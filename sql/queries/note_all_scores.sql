-- All scored leads: the user has named other columns to write into. (SQLite needs the WHERE before ON CONFLICT.)
INSERT INTO write_backs (lead_id)
SELECT lead_id FROM lead_scores WHERE TRUE
ON CONFLICT DO NOTHING
