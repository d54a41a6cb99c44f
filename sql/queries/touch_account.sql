-- Note the account of a lead whose outcome leaves, or does not count any more.
INSERT INTO staged_accounts (account_id)
SELECT account_id FROM lead_outcomes WHERE lead_id = :lead_id AND account_id IS NOT NULL
ON CONFLICT DO NOTHING
