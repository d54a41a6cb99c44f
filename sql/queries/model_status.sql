-- How a model stands.
SELECT status FROM models WHERE version = :version
