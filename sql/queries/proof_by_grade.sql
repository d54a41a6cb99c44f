-- The proof: what became of the leads of each grade.
SELECT grade, leads, conversions, conversion_rate, predicted_rate FROM conversion_by_grade ORDER BY grade
