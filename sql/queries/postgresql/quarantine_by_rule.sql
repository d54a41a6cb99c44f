-- How many leads each rule keeps in quarantine.
SELECT (failure ->> 'rule') || ' of ' || (failure ->> 'column') AS rule, COUNT(*) AS leads
FROM quarantined_leads, jsonb_array_elements(quarantined_leads.failures) AS failure
GROUP BY 1
ORDER BY leads DESC, rule
