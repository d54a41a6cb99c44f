-- Forget the outcomes of the accounts that tonight touches, as they were counted.
DELETE FROM account_outcomes WHERE account_id IN (SELECT account_id FROM staged_accounts)
