-- Every row in the user's own table is in line, but for those that are noted again.
DELETE FROM write_backs
