-- The open leads to call first; a person's grade comes before the model's probability.
SELECT lead_id, account_id, owner_id, score, grade, probability, reasons_for, reasons_against
FROM scored_leads
ORDER BY grade, probability DESC, lead_id
LIMIT :n
