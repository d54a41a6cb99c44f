-- One model.
SELECT version, artifact_uri AS uri, artifact_sha256 AS sha256, as_of FROM models WHERE version = :version
