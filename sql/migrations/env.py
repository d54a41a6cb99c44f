"""Alembic's entry: migrates the score store over the connection that `leadscore.store.migrate` passes in."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table="leadscore_alembic_version",  # the leads' own database may use Alembic too
    transaction_per_migration=False,
)
context.run_migrations()
