-- How many leads each rule keeps in quarantine.
SELECT
    json_extract(failure.value, '$.rule') || ' of ' || json_extract(failure.value, '$.column') AS rule,
    COUNT(*) AS leads
FROM quarantined_leads, json_each(quarantined_leads.failures) AS failure
GROUP BY rule
ORDER BY leads DESC, rule
