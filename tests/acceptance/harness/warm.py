"""Imports all that a run needs, for the server that the processes of the crash tests are forked from."""

from importlib import import_module

from leadscore.settings import set_library_defaults

set_library_defaults(on_terminal=True)  # before Prefect is imported, as the command line does

for name in (
    "adbc_driver_postgresql.dbapi",
    "flows.retrain",
    "flows.score",
    "great_expectations",
    "leadscore.cli",
    "psycopg",
    "pytest",
):
    import_module(name)
