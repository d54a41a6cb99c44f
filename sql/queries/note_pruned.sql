-- The history of a run is pruned.
UPDATE score_runs SET pruned_at = :pruned_at WHERE run_id = :run_id
