-- A lead's row in the user's own table is to be brought in line.
INSERT INTO write_backs (lead_id) VALUES (:lead_id) ON CONFLICT DO NOTHING
