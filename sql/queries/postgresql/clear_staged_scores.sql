-- Empty the staging of a run that is published.
TRUNCATE staged_scores
