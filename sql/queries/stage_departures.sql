-- Note leads that are closed or deleted: they leave the present scores.
INSERT INTO staged_departures (lead_id) VALUES (:lead_id)
