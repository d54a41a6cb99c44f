-- The last runs for the present scores, the latest moment first, and what each did.
SELECT
    run_id, status, scope, as_of, started_at, published_at, model_version, n_in_source, n_open, newest_lead, n_pulled,
    n_quarantined, CAST(quarantined_by_rule AS TEXT) AS quarantined_by_rule, n_scored, n_removed, base_rate, cutoff,
    error
FROM score_runs
WHERE scope <> 'backfill'
ORDER BY as_of DESC, started_at DESC
LIMIT :n
