-- The same of one owner.
SELECT
    lead_id, account_id, owner_id, continent, grade, score, probability, will_convert, previous_score, change_cause,
    reasons_for, reasons_against, overridden, override_note, scored_at
FROM scored_leads
WHERE lead_id IN (
    SELECT lead_id FROM scored_leads WHERE owner_id = :owner ORDER BY grade, probability DESC, lead_id LIMIT :n
)
ORDER BY grade, probability DESC, lead_id
