-- Make the champion before the champion again, at its old place in the line.
UPDATE models SET status = 'champion', reason = :words || reason WHERE version = :version
