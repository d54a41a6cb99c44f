-- Let go all changes of a lead that is closed or gone for long.
DELETE FROM lead_score_history WHERE lead_id = :lead_id
