-- The models that scored before the champion, the latest first: those that were rolled back have left the line.
SELECT version, artifact_uri AS uri, artifact_sha256 AS sha256, as_of
FROM models
WHERE status = 'retired' AND promoted_at IS NOT NULL
ORDER BY promoted_at DESC, version
