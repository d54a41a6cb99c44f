-- The base-rate adjustment that the present scores are of, and the number that the next one would have.
SELECT
    model_version,
    adjustment,
    base_rate,
    raw_cutoff,
    (SELECT MAX(adjustment) + 1 FROM score_runs) AS next_adjustment
FROM score_runs
WHERE status IN ('published', 'empty') AND scope <> 'backfill'
ORDER BY as_of DESC
LIMIT 1
