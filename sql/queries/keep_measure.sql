-- Keep one measure of a night.
INSERT INTO monitoring (run_id, name, feature, value, "limit", breached, reason)
VALUES (:run_id, :name, :feature, :value, :limit, :breached, :reason)
