-- What is staged adds up to so much, and so much of it no score can be: null, no number or out of range.
SELECT
    COUNT(*) AS n_scored,
    COALESCE(SUM(
        CASE
            WHEN probability BETWEEN 0 AND 1 AND raw_probability BETWEEN 0 AND 1 AND score BETWEEN 1 AND 99
                AND grade IN ('A', 'B', 'C', 'D') AND will_convert IS NOT NULL AND reasons IS NOT NULL
                AND model_version = :model_version AND rules_version = :rules_version AND scored_at IS NOT NULL
                THEN 0
            ELSE 1
        END
    ), 0) AS n_invalid,
    (SELECT COUNT(*) FROM staged_quarantine) AS n_quarantined,
    (SELECT COALESCE(SUM(n_leads), 0) FROM staged_chunks) AS n_pulled
FROM staged_scores
