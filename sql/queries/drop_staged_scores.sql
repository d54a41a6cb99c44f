-- Forget what an earlier run staged under a chunk.
DELETE FROM staged_scores WHERE chunk = :chunk
