-- The rules that keep one lead in quarantine.
SELECT CAST(failures AS TEXT) AS failures FROM quarantined_leads WHERE lead_id = :lead_id ORDER BY run_id, row_number
