-- Empty the staging of a run that is published.
DELETE FROM staged_accounts
