-- The same of one owner.
SELECT lead_id, account_id, owner_id, score, grade, probability, reasons_for, reasons_against
FROM scored_leads
WHERE owner_id = :owner
ORDER BY grade, probability DESC, lead_id
LIMIT :n
