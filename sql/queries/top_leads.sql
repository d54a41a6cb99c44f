-- The open leads to call first, of one owner or of all.
SELECT lead_id, account_id, owner_id, score, grade, probability, reasons_for, reasons_against
FROM scored_leads
WHERE :owner IS NULL OR owner_id = :owner
ORDER BY probability DESC, lead_id
LIMIT :n
