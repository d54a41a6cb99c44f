-- Close the runs that were killed: whoever holds the lock knows that no other is at work.
UPDATE score_runs SET status = 'failed', error = 'interrupted' WHERE status = 'running' AND run_id <> :run_id
