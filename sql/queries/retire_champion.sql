-- The present champion steps down, unless it is the one to be promoted.
UPDATE models SET status = 'retired' WHERE status = 'champion' AND version <> :version
