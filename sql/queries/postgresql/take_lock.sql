-- Hold the store, in this schema, until the session ends; false if another session holds it.
SELECT pg_try_advisory_lock(hashtext('leadscore'), hashtext(current_schema()))
