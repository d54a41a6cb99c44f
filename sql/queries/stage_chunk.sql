-- Enter a chunk whose leads are staged; one that is there already stays as it is.
INSERT INTO staged_chunks (chunk, n_leads, counts) VALUES (:chunk, :n_leads, :counts) ON CONFLICT DO NOTHING
