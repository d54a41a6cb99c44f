-- Enter a run in the ledger, or take it up again if it did not get to the end; the attempt is whoever holds it.
INSERT INTO score_runs (run_id, run_key, status, as_of, scope, model_version, rules_version, started_at)
VALUES (:run_id, :run_key, 'running', :as_of, :scope, :model_version, :rules_version, :started_at)
ON CONFLICT (run_id) DO UPDATE SET
    status = 'running',
    attempt = score_runs.attempt + 1,
    scope = excluded.scope,
    rules_version = excluded.rules_version,
    started_at = excluded.started_at,
    error = NULL
WHERE score_runs.status NOT IN ('published', 'empty')
RETURNING attempt, scope, accepted_by
