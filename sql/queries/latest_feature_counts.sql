-- How the leads that were scored of late are spread over the bins of each feature, the latest run first.
SELECT latest.n_leads, CAST(latest.counts AS TEXT) AS counts
FROM feature_counts AS latest
INNER JOIN score_runs AS run ON run.run_id = latest.run_id
ORDER BY run.as_of DESC, run.run_id
