-- Fill a new table of a user's database.
COPY {table} FROM STDIN (FORMAT csv, HEADER match)
