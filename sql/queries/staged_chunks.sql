-- What is staged, by chunk, with the counts that the batch rules need.
SELECT chunk, n_leads, CAST(counts AS TEXT) AS counts FROM staged_chunks ORDER BY chunk
