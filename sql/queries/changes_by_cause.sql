-- How many scores a run changed, by what caused it, and how many rose and fell.
SELECT
    change_cause,
    COUNT(*) AS leads,
    SUM(CASE WHEN moved > 0 THEN 1 ELSE 0 END) AS rose,
    SUM(CASE WHEN moved < 0 THEN 1 ELSE 0 END) AS fell
FROM score_changes
WHERE run_id = :run_id
GROUP BY change_cause
ORDER BY leads DESC, change_cause
