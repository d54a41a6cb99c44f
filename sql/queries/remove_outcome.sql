-- A lead was reopened: its outcome is not known any more.
DELETE FROM lead_outcomes WHERE lead_id = :lead_id
