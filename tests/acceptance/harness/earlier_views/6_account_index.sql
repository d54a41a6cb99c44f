-- One row an account: its open leads, the conversions to expect of them, and the best of them.
CREATE VIEW account_index AS
SELECT
    account_id,
    COUNT(*) AS open_leads,
    SUM(probability) AS expected_conversions,
    MAX(score) AS best_score,
    MIN(CASE WHEN place = 1 THEN lead_id END) AS best_lead
FROM (
    SELECT
        account_id,
        lead_id,
        probability,
        score,
        ROW_NUMBER() OVER (PARTITION BY account_id ORDER BY probability DESC, lead_id) AS place
    FROM lead_scores
    WHERE account_id IS NOT NULL
) AS ranked
GROUP BY account_id
