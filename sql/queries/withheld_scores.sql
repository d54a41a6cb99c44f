-- The published scores of the demo's leads whose outcomes were withheld, beside these outcomes.
SELECT withheld.converted, scores.probability, scores.will_convert, withheld.true_probability
FROM withheld_outcomes AS withheld
INNER JOIN lead_scores AS scores ON scores.lead_id = withheld.lead_id
ORDER BY withheld.lead_id
