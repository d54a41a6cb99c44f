-- The open leads worth a call today, ranked within their owner: those expected to convert, of these the best where only
-- so many can be called a week, unless a person graded them; and those that a person graded A. (They are ranked without
-- their reasons, which are put into words for those leads only that are shown.)
CREATE VIEW sales_queue AS
SELECT
    ranked.owner_id,
    ranked.rank,
    ranked.lead_id,
    ranked.account_id,
    ranked.grade,
    ranked.score,
    ranked.probability,
    (SELECT told.reasons_for FROM scored_leads AS told WHERE told.lead_id = ranked.lead_id) AS reasons_for,
    (SELECT told.reasons_against FROM scored_leads AS told WHERE told.lead_id = ranked.lead_id) AS reasons_against
FROM (
    SELECT
        owner_id,
        ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY grade, probability DESC, lead_id) AS rank,
        lead_id,
        account_id,
        grade,
        score,
        probability
    FROM scored_leads
    WHERE
        (overridden AND grade = 'A')
        OR (will_convert AND NOT overridden AND probability >= COALESCE((
            SELECT queue_from
            FROM score_runs
            WHERE status IN ('published', 'empty') AND scope <> 'backfill'
            ORDER BY as_of DESC
            LIMIT 1
        ), 0))
) AS ranked
