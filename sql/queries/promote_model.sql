-- Make a model the champion.
UPDATE models SET status = 'champion', promoted_at = :promoted_at, reason = :reason
WHERE version = :version AND status <> 'champion'
