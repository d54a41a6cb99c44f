"""The table of the leads in the source database: what changed is written, and its columns change now and then."""

import polars as pl
import sqlalchemy as sa
from harness.stores import Store

from leadscore.store.engine import open_engine, writing
from leadscore.store.load import COLUMN_TYPES, insert_rows, load_table

TABLE, KEY = "leads", "lead_id"


class Crm:
    """Writes leads as a CRM does. ``leads`` are those that are there now."""

    def __init__(self, store: Store, leads: pl.DataFrame) -> None:
        self.store = store
        self.leads = leads
        engine = open_engine(store.url)
        load_table(engine, TABLE, [leads], KEY)
        engine.dispose()

    def write(self, leads: pl.DataFrame) -> None:
        """Make these the leads that are there: one transaction, which touches only what differs."""
        gone = self.leads.join(leads, on=KEY, how="anti")
        changed = leads.join(self.leads, on=leads.columns, how="anti", nulls_equal=True)
        engine = open_engine(self.store.url)
        with writing(engine) as connection:
            table = sa.Table(TABLE, sa.MetaData(), autoload_with=connection)
            ids = pl.concat([gone[KEY], changed[KEY]]).to_list()
            connection.execute(sa.delete(table).where(table.c[KEY].in_(ids)))
            insert_rows(connection, table, changed.select(table.columns.keys()))
        engine.dispose()
        self.leads = leads

    def add(self, name: str, type_: pl.DataType) -> None:
        """A new column, empty for the leads that are there."""
        self._alter(f'ADD COLUMN "{name}" {self._sql(type_)}')
        self.leads = self.leads.with_columns(pl.lit(None, type_).alias(name))

    def rename(self, old: str, new: str) -> None:
        self._alter(f'RENAME COLUMN "{old}" TO "{new}"')
        self.leads = self.leads.rename({old: new})

    def retype(self, name: str, type_: pl.DataType) -> None:
        """The same values in another type; the column comes last from now on."""
        sql, values = self._sql(type_), self.leads.select(KEY, pl.col(name).cast(type_))
        self._alter(f'ADD COLUMN "{name}_new" {sql}')
        self.store.rows(f'UPDATE {TABLE} SET "{name}_new" = CAST("{name}" AS {sql})')
        self._alter(f'DROP COLUMN "{name}"')
        self._alter(f'RENAME COLUMN "{name}_new" TO "{name}"')
        self.leads = self.leads.with_columns(values[name])

    def _alter(self, change: str) -> None:
        self.store.rows(f"ALTER TABLE {TABLE} {change}")

    def _sql(self, type_: pl.DataType) -> str:
        return str(COLUMN_TYPES[type_.base_type()]().compile(dialect=self.store.engine.dialect))
