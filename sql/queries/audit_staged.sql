-- What the staged scores of a run add up to.
SELECT
    COUNT(*) AS n_scored,
    SUM(CASE WHEN probability BETWEEN 0 AND 1 AND raw_probability BETWEEN 0 AND 1 AND score BETWEEN 1 AND 99
        THEN 0 ELSE 1 END) AS n_out_of_range,
    (SELECT COUNT(*) FROM staged_quarantine WHERE run_id = :run_id) AS n_quarantined
FROM staged_scores
WHERE run_id = :run_id
