-- The open leads worth a call today, ranked within their owner: those expected to convert, of these the best where only
-- so many can be called a week, unless a person graded them; and those that a person graded A.
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
WHERE
    (overridden AND grade = 'A')
    OR (will_convert AND NOT overridden)
