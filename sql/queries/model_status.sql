-- How a model stands, and why.
SELECT status, reason FROM models WHERE version = :version
