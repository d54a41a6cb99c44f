-- Every probability moved: the rows of all scored leads in the user's own table are brought in line.
INSERT INTO write_backs (lead_id)
SELECT lead_id FROM lead_scores WHERE TRUE
ON CONFLICT DO NOTHING
