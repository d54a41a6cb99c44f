-- A quarantined row is dealt with: scored, quarantined anew, closed or deleted.
DELETE FROM quarantined_leads WHERE run_id = :run_id AND row_number = :row_number
