-- The open leads of each grade, the conversions to expect of them, and how many are expected to convert.
SELECT
    grade,
    COUNT(*) AS leads,
    SUM(probability) AS expected,
    SUM(CASE WHEN will_convert THEN 1 ELSE 0 END) AS likely
FROM scored_leads
GROUP BY grade
ORDER BY grade
