-- The moment and the model that the present scores stand for, and the columns that they were written back into.
SELECT as_of, model_version, written_into
FROM score_runs
WHERE status IN ('published', 'empty') AND scope <> 'backfill'
ORDER BY as_of DESC
LIMIT 1
