-- Take a lead that is closed or deleted off the present scores; its history stays.
DELETE FROM lead_scores WHERE lead_id = :lead_id
