-- The champion steps down for one before it, and out of the line of champions with all that came in between.
UPDATE models
SET status = 'retired', promoted_at = NULL, reason = :words || reason
WHERE status = 'champion' OR promoted_at > (SELECT chosen.promoted_at FROM models AS chosen WHERE chosen.version = :version)
