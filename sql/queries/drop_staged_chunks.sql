-- Forget what an earlier run staged under a chunk.
DELETE FROM staged_chunks WHERE chunk = :chunk
