-- The open leads to call first; a person's grade comes before the model's probability. (Whom to show is settled before
-- any reason is put into words.)
SELECT
    lead_id, account_id, owner_id, continent, grade, score, probability, will_convert, previous_score, change_cause,
    reasons_for, reasons_against, overridden, override_note, scored_at
FROM scored_leads
WHERE lead_id IN (SELECT lead_id FROM scored_leads ORDER BY grade, probability DESC, lead_id LIMIT :n)
ORDER BY grade, probability DESC, lead_id
