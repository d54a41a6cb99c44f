-- Forget what an earlier attempt, or an earlier run, staged.
DELETE FROM staged_scores
