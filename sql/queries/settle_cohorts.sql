-- Count the leads that leave the scores tonight with the run that scored them first (a lead that had left before, since
-- it returned): their outcomes, where known and later than that score. Probabilities in billionths: their sum is the same
-- in any order.
UPDATE score_cohorts
SET
    n_left = score_cohorts.n_left + told.n_left,
    n_known = score_cohorts.n_known + told.n_known,
    n_won = score_cohorts.n_won + told.n_won,
    n_called = score_cohorts.n_called + told.n_called,
    n_called_won = score_cohorts.n_called_won + told.n_called_won,
    n_predicted = score_cohorts.n_predicted + told.n_predicted
FROM (
    SELECT
        run_id,
        COUNT(*) AS n_left,
        COUNT(label) AS n_known,
        SUM(CASE WHEN label = 1 THEN 1 ELSE 0 END) AS n_won,
        SUM(CASE WHEN label IS NOT NULL AND will_convert THEN 1 ELSE 0 END) AS n_called,
        SUM(CASE WHEN label = 1 AND will_convert THEN 1 ELSE 0 END) AS n_called_won,
        SUM(CASE WHEN label IS NULL THEN 0 ELSE CAST(probability * 1000000000 AS INTEGER) END) AS n_predicted
    FROM (
        SELECT
            entered.run_id,
            entered.probability,
            entered.will_convert,
            CASE WHEN run.as_of < COALESCE(outcome.closed_at, outcome.seen_at) THEN outcome.label END AS label,
            ROW_NUMBER() OVER (PARTITION BY entered.lead_id ORDER BY run.as_of DESC) AS place
        FROM staged_departures AS departed
        INNER JOIN lead_score_history AS entered
            ON entered.lead_id = departed.lead_id AND entered.change_cause = 'new' AND NOT entered.backfill
        INNER JOIN score_runs AS run ON run.run_id = entered.run_id
        LEFT JOIN staged_outcomes AS outcome ON outcome.lead_id = departed.lead_id
    ) AS first
    WHERE place = 1
    GROUP BY run_id
) AS told
WHERE score_cohorts.run_id = told.run_id
