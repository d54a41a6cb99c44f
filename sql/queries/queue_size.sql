-- How many leads are in the queue, of how many owners, and the conversions to expect of them.
SELECT
    COUNT(*) AS leads,
    COUNT(DISTINCT owner_id) AS owners,
    COALESCE(SUM(probability), 0) AS expected
FROM sales_queue
