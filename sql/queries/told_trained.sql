-- The model that was trained last, with all that is known of it.
SELECT
    version, status, trained_at, as_of, promoted_at, n_leads, cutoff, reason, CAST(metrics AS TEXT) AS metrics
FROM models
ORDER BY trained_at DESC, version
LIMIT 1
