-- The model that scores.
SELECT version, artifact_uri, artifact_sha256 FROM models WHERE status = 'champion'
