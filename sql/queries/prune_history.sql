-- Let go the changes of a run in a range of leads, but for the first one of a lead, the latest by which it came in, and its
-- last. (The proof is by the first one, base rate and cohorts by those that came in. A backfill is none of them.)
DELETE FROM lead_score_history
WHERE run_id = :run_id AND lead_id BETWEEN :first_lead AND :last_lead
    AND (
        backfill
        OR (
            EXISTS (
                SELECT 1 FROM lead_score_history AS earlier
                WHERE earlier.lead_id = lead_score_history.lead_id AND NOT earlier.backfill
                    AND earlier.scored_at < lead_score_history.scored_at
            )
            AND EXISTS (
                SELECT 1 FROM lead_score_history AS later
                WHERE later.lead_id = lead_score_history.lead_id AND NOT later.backfill
                    AND later.scored_at > lead_score_history.scored_at
                    AND (later.change_cause = 'new' OR lead_score_history.change_cause <> 'new')
            )
        )
    )
