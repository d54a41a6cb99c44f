-- The newest champion that was trained for a moment before this one.
SELECT version, artifact_uri AS uri, artifact_sha256 AS sha256, as_of
FROM models
WHERE promoted_at IS NOT NULL AND as_of < :as_of
ORDER BY as_of DESC, promoted_at DESC, version
LIMIT 1
