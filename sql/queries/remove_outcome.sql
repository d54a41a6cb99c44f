-- A lead was reopened or deleted: its outcome is not known any more.
DELETE FROM lead_outcomes WHERE lead_id = :lead_id
