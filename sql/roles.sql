-- The roles of leadscore on PostgreSQL, for a database administrator to make in the database and schema of the store.
-- Running it again changes nothing. Run grant_views.sql after it: `psql -f sql/roles.sql -f sql/grant_views.sql`.
--
-- leadscore_job owns the tables of the store. A login for the job, which acts as the group whoever made a table, and
-- what it may do with the leads, wherever they are (UPDATE only for `[publish] into`, on these columns):
--
--     CREATE ROLE nightly LOGIN PASSWORD '...' IN ROLE leadscore_job
--     ALTER ROLE nightly IN DATABASE crm SET role = leadscore_job
--     GRANT SELECT ON leads TO leadscore_job
--     GRANT UPDATE (lead_score, lead_grade) ON leads TO leadscore_job
--
-- sales_ops reads the five views made for sales ops and nothing else; every migration grants them anew:
--
--     CREATE ROLE kim LOGIN PASSWORD '...' IN ROLE sales_ops
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'leadscore_job') THEN
        CREATE ROLE leadscore_job NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sales_ops') THEN
        CREATE ROLE sales_ops NOLOGIN;
    END IF;
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO leadscore_job', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO sales_ops', current_schema());
END
$$
