-- All models, newest first.
SELECT version, status, trained_at, n_leads, cutoff, reason FROM models ORDER BY trained_at DESC, version
