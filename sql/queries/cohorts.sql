-- What became of the leads that this model scored first, by the night on which it did.
SELECT
    run.as_of,
    cohort.n_first - cohort.n_left AS n_open,
    cohort.n_known,
    cohort.n_won,
    cohort.n_called,
    cohort.n_called_won,
    cohort.n_predicted
FROM score_cohorts AS cohort
INNER JOIN score_runs AS run ON run.run_id = cohort.run_id
WHERE run.model_version = :model_version
