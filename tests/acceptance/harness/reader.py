"""A reader that polls what sales ops would read, and remembers every state that it has seen."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from harness.stores import Store

# One statement, so one snapshot: the scores, and how many runs the ledger says are through.
POLL = sa.text("""
    SELECT ledger.runs, scores.lead_id, scores.probability, scores.score, scores.grade, scores.model_version,
        scores.adjustment, scores.run_id, scores.previous_score, scores.change_cause
    FROM (SELECT COUNT(*) AS runs FROM score_runs WHERE status IN ('published', 'empty')) AS ledger
    LEFT JOIN lead_scores AS scores ON 1 = 1
    ORDER BY scores.lead_id
""")
PAUSE = 0.01  # seconds


def seen_now(store: Store) -> str:
    """A fingerprint of what a reader sees."""
    with store.engine.connect() as connection:
        return _poll(connection)


@contextmanager
def polling(store: Store) -> Iterator[list[str]]:
    """The fingerprints that a reader sees meanwhile, each time that they change."""
    seen: list[str] = []
    troubles: list[Exception] = []
    done = threading.Event()

    def poll() -> None:
        try:
            with store.engine.connect() as connection:
                while not done.is_set():
                    now = _poll(connection)
                    if seen[-1:] != [now]:
                        seen.append(now)
                    time.sleep(PAUSE)
        except Exception as error:
            troubles.append(error)

    reader = threading.Thread(target=poll)
    reader.start()
    try:
        yield seen
    finally:
        done.set()
        reader.join()
    assert not troubles, "a reader was kept from reading"


def _poll(connection: sa.Connection) -> str:
    rows = connection.execute(POLL).all()
    connection.rollback()
    return hashlib.sha256(repr([tuple(row) for row in rows]).encode()).hexdigest()
