-- What became of one lead.
SELECT label, closed_at, seen_at FROM lead_outcomes WHERE lead_id = :lead_id
