-- Leads with the date of their first deal, which is in another table: the [leads] query that `leadscore init` offers.
SELECT leads.*, deals.{date}
FROM {leads} AS leads
LEFT JOIN (SELECT {key}, MIN({date}) AS {date} FROM {deals} GROUP BY {key}) AS deals
    ON deals.{key} = leads.{id}
