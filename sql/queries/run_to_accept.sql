-- A run, and whether it is overtaken: by a later one that is published, or by another champion.
SELECT
    run.status,
    run.scope,
    run.run_key,
    run.accepted_by,
    run.as_of,
    CASE
        WHEN run.model_version <> (SELECT version FROM models WHERE status = 'champion') THEN 1
        WHEN run.scope <> 'backfill' AND EXISTS (
            SELECT 1 FROM score_runs AS later
            WHERE later.status IN ('published', 'empty') AND later.scope <> 'backfill' AND later.as_of > run.as_of
        ) THEN 1
        ELSE 0
    END AS overtaken
FROM score_runs AS run
WHERE run.run_id = :run_id
