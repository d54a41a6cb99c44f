-- How a person graded one lead.
SELECT grade, note, "by", expires_at FROM score_overrides WHERE lead_id = :lead_id
