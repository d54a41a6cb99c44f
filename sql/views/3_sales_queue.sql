-- The open leads worth a call today, ranked within their owner: those expected to convert,
-- unless a person graded them, and those that a person graded A.
CREATE VIEW sales_queue AS
SELECT
    owner_id,
    ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY grade, probability DESC, lead_id) AS rank,
    lead_id,
    account_id,
    grade,
    score,
    probability,
    reasons_for,
    reasons_against
FROM scored_leads
WHERE (will_convert AND NOT overridden) OR (overridden AND grade = 'A')
