-- The model that scores, with all that is known of it.
SELECT
    version, status, trained_at, as_of, promoted_at, n_leads, cutoff, reason, CAST(metrics AS TEXT) AS metrics
FROM models
WHERE status = 'champion'
