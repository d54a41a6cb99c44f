-- One row for each account with open leads: its index, of 100 leads of such an account how many convert. Open leads count
-- by their probability, closed ones by their outcome, and five more at the base rate (docs/account_index.md).
CREATE VIEW account_index AS
SELECT
    now_open.account_id,
    ROUND(
        1000 * (now_open.expected_conversions + COALESCE(past.conversions, 0) + 5 * present.base_rate)
        / (now_open.open_leads + COALESCE(past.leads, 0) + 5)
    ) / 10 AS customer_index,
    now_open.open_leads,
    now_open.expected_conversions,
    (
        SELECT best.lead_id
        FROM lead_scores AS best
        WHERE best.account_id = now_open.account_id
        ORDER BY best.probability DESC, best.lead_id
        LIMIT 1
    ) AS best_lead,
    now_open.best_score,
    now_open.trend,
    (
        SELECT best.continent
        FROM lead_scores AS best
        WHERE best.account_id = now_open.account_id
        ORDER BY best.probability DESC, best.lead_id
        LIMIT 1
    ) AS continent,
    COALESCE(past.leads, 0) AS earlier_leads,
    COALESCE(past.conversions, 0) AS earlier_conversions
FROM (
    SELECT
        account_id,
        COUNT(*) AS open_leads,
        SUM(probability) AS expected_conversions,
        MAX(score) AS best_score,
        AVG(CAST(score - previous_score AS DOUBLE PRECISION)) AS trend
    FROM lead_scores
    WHERE account_id IS NOT NULL
    GROUP BY account_id
) AS now_open
LEFT JOIN account_outcomes AS past ON past.account_id = now_open.account_id
LEFT JOIN (
    SELECT base_rate
    FROM score_runs
    WHERE status IN ('published', 'empty') AND scope <> 'backfill'
    ORDER BY as_of DESC
    LIMIT 1
) AS present ON TRUE
