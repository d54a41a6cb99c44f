-- How many rows of the user's own leads table are still to be brought in line with the scores.
SELECT COUNT(*) AS n_leads FROM write_backs
