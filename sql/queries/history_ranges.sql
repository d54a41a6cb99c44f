-- The history of runs that are old enough and not pruned yet, in ranges of so many leads; a run without any is one, too.
SELECT run_id, MIN(lead_id) AS first_lead, MAX(lead_id) AS last_lead, COUNT(lead_id) AS n_leads
FROM (
    SELECT
        run.run_id,
        kept.lead_id,
        (ROW_NUMBER() OVER (PARTITION BY run.run_id ORDER BY kept.lead_id) - 1) / :n AS part
    FROM score_runs AS run
    LEFT JOIN lead_score_history AS kept ON kept.run_id = run.run_id
    WHERE run.pruned_at IS NULL AND run.published_at < :before
) AS parted
GROUP BY run_id, part
ORDER BY run_id, part
