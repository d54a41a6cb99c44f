-- Close a run with its counts.
UPDATE score_runs
SET
    status = :status,
    n_in_source = :n_in_source,
    n_open = :n_open,
    newest_lead = :newest_lead,
    n_pulled = :n_pulled,
    n_quarantined = :n_quarantined,
    quarantined_by_rule = :quarantined_by_rule,
    n_scored = :n_scored,
    n_removed = :n_removed,
    adjustment = :adjustment,
    base_rate = :base_rate,
    cutoff = :cutoff,
    raw_cutoff = :raw_cutoff,
    queue_from = :queue_from,
    written_into = :written_into,
    published_at = :published_at
WHERE run_id = :run_id
