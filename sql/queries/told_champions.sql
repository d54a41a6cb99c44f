-- The models that have scored, the latest champion first, with all that is known of each.
SELECT
    version, status, trained_at, as_of, promoted_at, n_leads, cutoff, reason, CAST(metrics AS TEXT) AS metrics
FROM models
WHERE promoted_at IS NOT NULL
ORDER BY promoted_at DESC, version
LIMIT :n
