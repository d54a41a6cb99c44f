-- A lead's row in the user's own table is in line.
DELETE FROM write_backs WHERE lead_id = :lead_id
