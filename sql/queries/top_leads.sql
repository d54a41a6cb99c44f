-- The open leads to call first, of one owner or of all; a person's grade comes before the model's probability.
SELECT lead_id, account_id, owner_id, score, grade, probability, reasons_for, reasons_against
FROM scored_leads
WHERE :owner IS NULL OR owner_id = :owner
ORDER BY grade, probability DESC, lead_id
LIMIT :n
