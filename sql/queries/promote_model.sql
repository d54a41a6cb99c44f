-- Make a model the champion.
UPDATE models SET status = 'champion', promoted_at = :promoted_at WHERE version = :version AND status <> 'champion'
