-- Enter a trained model; entering the same one again changes nothing.
INSERT INTO models (
    version, status, trained_at, as_of, n_leads, window_start, window_end, metrics, cutoff, artifact_uri,
    artifact_sha256, reason
)
VALUES (
    :version, :status, :trained_at, :as_of, :n_leads, :window_start, :window_end, :metrics, :cutoff, :artifact_uri,
    :artifact_sha256, :reason
)
ON CONFLICT (version) DO NOTHING
