-- A person publishes what the audit refused: the next attempt of the run is not held against its limits.
UPDATE score_runs SET accepted_by = :accepted_by WHERE run_id = :run_id AND status NOT IN ('published', 'empty')
