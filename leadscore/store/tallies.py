"""How many leads of each account have closed, and how many of them converted: kept beside the outcomes.

The index of an account asks for both, and to count every outcome at each question takes too long. A night counts anew
the accounts of the outcomes that it changes, in the transaction that publishes them.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
from sqlalchemy import Connection

from leadscore.pipeline import Pipeline
from leadscore.store.queries import execute, execute_many


@contextmanager
def keeping_tallies(connection: Connection, pipeline: Pipeline) -> Iterator[None]:
    """Count anew, after the work inside has changed the outcomes, the accounts that these had before and have then."""
    execute(connection, "touch_accounts")
    leaving = [pipeline.reopened.select("lead_id"), pipeline.vanished.select("lead_id")]
    execute_many(connection, "touch_account", pl.concat(leaving))
    yield
    execute(connection, "forget_tallies")
    execute(connection, "tally_accounts")
