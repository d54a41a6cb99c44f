-- A lead whose outcome is known is not in the source any more: the proof keeps it, the history of its account does not.
UPDATE lead_outcomes SET vanished = TRUE WHERE lead_id = :lead_id
