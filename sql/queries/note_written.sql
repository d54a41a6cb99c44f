-- How many rows of the user's own table a run wrote, over all its attempts.
UPDATE score_runs SET n_written = COALESCE(n_written, 0) + :n_written, written_at = :written_at WHERE run_id = :run_id
