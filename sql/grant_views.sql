-- Let sales ops, where that role exists, read the views made for them, once these are there.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_ops') AND to_regclass('scored_leads') IS NOT NULL THEN
        GRANT SELECT ON scored_leads, sales_queue, score_changes, conversion_by_grade, account_index TO sales_ops;
    END IF;
END
$$
