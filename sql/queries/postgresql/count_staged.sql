-- Tell the planner how many rows are staged: without it 1% of the leads is joined by reading every present score.
ANALYZE staged_scores (lead_id)
