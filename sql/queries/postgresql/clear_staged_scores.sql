-- Forget the staged scores: at once, and without leaving a dead row for each.
TRUNCATE staged_scores
