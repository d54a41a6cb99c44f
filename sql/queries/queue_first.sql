-- The leads of the queue that each owner should call first, so many in all.
SELECT owner_id, rank, lead_id, account_id, grade, score, probability, reasons_for, reasons_against
FROM sales_queue
ORDER BY rank, grade, probability DESC, lead_id
LIMIT :n
