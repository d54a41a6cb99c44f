"""Alembic's entry: migrates the score store over the connection that `leadscore.store.migrate` passes in.

Views are made anew after each migration, from the files in ``sql/views``: to change one, edit its file and add a
revision, if only an empty one.
"""

import sqlalchemy as sa
from alembic import context

from leadscore.store.migrate import VERSION_TABLE
from leadscore.store.queries import SQL, variant

connection = context.config.attributes["connection"]
dialect = connection.dialect.name
views = sorted((SQL / "views").glob("*.sql"))

context.configure(
    connection=connection,
    version_table=VERSION_TABLE,
    transaction_per_migration=False,
)
if context.get_context().get_current_revision():  # else a view of such a name is the user's own
    for view in reversed(views):
        connection.execute(sa.text(f"DROP VIEW IF EXISTS {view.stem.partition('_')[2]}"))
context.run_migrations()
for view in views:
    connection.execute(sa.text(variant(view, dialect).read_text(encoding="utf-8")))
if dialect == "postgresql":
    connection.exec_driver_sql((SQL / "grant_views.sql").read_text(encoding="utf-8"))
