-- The champion steps down for the one before it, and out of the line of champions.
UPDATE models SET status = 'retired', promoted_at = NULL, reason = :words || reason WHERE status = 'champion'
