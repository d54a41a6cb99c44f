-- The open leads worth a call today, ranked within their owner: those expected to convert, of these the best where only
-- so many can be called a week, unless a person graded them; and those that a person graded A. (The two are taken apart
-- since an index holds all that is asked of the first, and ranked without their reasons, which are put into words for
-- those leads only that are shown. CROSS JOIN has SQLite begin with the few that a person graded.)
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
    FROM (
        SELECT scores.owner_id, scores.lead_id, scores.account_id, scores.grade, scores.score, scores.probability
        FROM lead_scores AS scores
        WHERE
            scores.will_convert
            AND scores.probability >= COALESCE((
                SELECT queue_from
                FROM score_runs
                WHERE status IN ('published', 'empty') AND scope <> 'backfill'
                ORDER BY as_of DESC
                LIMIT 1
            ), 0)
            AND NOT EXISTS (SELECT 1 FROM overrides_in_force AS own WHERE own.lead_id = scores.lead_id)
        UNION ALL
        SELECT scores.owner_id, scores.lead_id, scores.account_id, own.grade, scores.score, scores.probability
        FROM overrides_in_force AS own
        CROSS JOIN lead_scores AS scores
        WHERE own.grade = 'A' AND scores.lead_id = own.lead_id
    ) AS queued
) AS ranked
