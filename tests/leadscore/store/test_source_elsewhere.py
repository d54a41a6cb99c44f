"""A source that is neither SQLite nor PostgreSQL: DuckDB, by SQLAlchemy.

It is opened in a process of its own: where Great Expectations is loaded too, DuckDB prints pages of warnings.
"""

import subprocess
import sys
from datetime import date, datetime
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest

from leadscore.errors import SourceError
from leadscore.sections import Leads
from leadscore.store.engine import open_engine, writing
from leadscore.store.source import fetch, open_source, scan
from leadscore.store.write_back import bring_in_line


@pytest.mark.skipif(find_spec("duckdb_engine") is None, reason="duckdb-engine is not installed")
def test_any_other_database_of_sqlalchemy_can_be_read_and_written_back_to(tmp_path: Path) -> None:
    warnings = ("-W", "error", "-W", "ignore:Did not recognize type")  # of lists of texts, which come as texts
    done = subprocess.run(
        [sys.executable, *warnings, __file__, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")


def read_leads(folder: str) -> None:
    engine = open_engine(f"duckdb:///{folder}/crm.duckdb")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TABLE leads (id integer PRIMARY KEY, won boolean, created timestamp, changed timestamptz,"
            " price decimal(10, 2), share double, few real, big hugeint, day date, note varchar, kind enum ('a', 'b'),"
            ' key uuid, tags varchar[], "50% :x" tinyint)'
        )
        connection.exec_driver_sql(
            "INSERT INTO leads VALUES (2, NULL, '2026-01-02 03:04:05', '2026-01-02 05:00:00+02', 1.25, 0.1, 0.5, 7,"
            " '2026-01-02', 'ü', 'a', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ['x'], 3), (1, true, NULL, NULL, NULL,"
            " NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)"
        )
    for table in ("leads", "main.leads"):
        source = open_source(
            engine, Leads(table=table, id="id", label="won", created_at="created", updated_at="changed")
        )
        found = scan(source, 1).sort("lead_id").drop("row_number")
        assert found["lead_updated_at"].to_list() == [None, datetime(2026, 1, 2, 3)]
        assert found["created_at"].to_list() == [None, datetime(2026, 1, 2, 3, 4, 5)]
        assert found["label"].to_list() == [1, None]
        chunk = fetch(source, pl.Series([1, 2]))
        assert chunk.lives.equals(found)
        first, second = chunk.raw.rows()
        assert first == (1, True, *[None] * 12)
        assert second[4:10] == (1.25, 0.1, 0.5, 7, date(2026, 1, 2), "ü")
        assert second[10:] == ("a", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "['x']", 3)
    hashed = open_source(engine, Leads(query="SELECT * FROM leads", id="id", label="won"))
    assert fetch(hashed, pl.Series([2])).lives["row_hash"].item() in scan(hashed, 9)["row_hash"]
    with pytest.raises(SourceError, match="no table lead"):
        open_source(engine, Leads(table="lead", id="id", label="won"))
    engine.dispose()


def write_scores(folder: str) -> None:
    engine = open_engine(f"duckdb:///{folder}/crm.duckdb")
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE leads ADD COLUMN our_score integer")
    leads = Leads(table="leads", id="id", label="won", updated_at="changed")
    source = open_source(engine, leads, written=["our_score"])
    wanted = scan(source, 9).select("lead_id", "lead_updated_at", "row_hash", pl.lit(50).alias("score"))
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads SET changed = '2026-02-02' WHERE id = 2")
    for n_written in (1, 0):
        with writing(engine) as connection:
            done = bring_in_line(connection, source, {"score": "our_score"}, wanted)
        assert (done.n_written, done.settled.to_list()) == (n_written, [1])
    engine.dispose()


if __name__ == "__main__":
    read_leads(sys.argv[1])
    write_scores(sys.argv[1])
