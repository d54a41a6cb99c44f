-- Note leads that are closed or deleted: they leave the present scores.
COPY staged_departures (lead_id) FROM STDIN (FORMAT csv, HEADER match)
