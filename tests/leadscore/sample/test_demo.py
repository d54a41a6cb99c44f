import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from leadscore.errors import ConfigError, SourceError
from leadscore.sample.demo import load_bank, load_example

END = datetime(2026, 1, 1)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / "leadscore.db")) as connection:
        return connection.execute(query).fetchall()


def test_the_latest_fifth_and_what_is_not_closed_yet_are_open(tmp_path: Path) -> None:
    load_example(tmp_path, n=3000, seed=3, end=END)
    assert rows(tmp_path, "SELECT COUNT(*), MAX(lead_id) FROM leads") == [(3000, 3000)]
    assert rows(tmp_path, "SELECT COUNT(is_converted), COUNT(closed_at) FROM leads WHERE lead_id > 2400") == [(0, 0)]
    assert rows(tmp_path, f"SELECT COUNT(*) FROM leads WHERE closed_at > '{END}'") == [(0,)]
    assert rows(tmp_path, "SELECT COUNT(*) FROM leads WHERE (is_converted IS NULL) <> (closed_at IS NULL)") == [(0,)]
    assert rows(tmp_path, "SELECT COUNT(*), MIN(lead_id) FROM withheld_outcomes") == [(600, 2401)]


def test_no_truth_is_in_the_table_of_the_leads(tmp_path: Path) -> None:
    load_example(tmp_path, n=2000, seed=3, end=END)
    columns = [row[1] for row in rows(tmp_path, "PRAGMA table_info(leads)")]
    assert len(columns) == 1 + 29 + 3
    assert "true_probability" not in columns


def test_a_second_demo_starts_anew(tmp_path: Path) -> None:
    for n in (2500, 2000):
        load_example(tmp_path, n=n, seed=3, end=END)
    assert rows(tmp_path, "SELECT COUNT(*) FROM leads") == [(2000,)]


def test_a_missing_bank_file_is_refused_and_nothing_made(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no .*bank\.csv"):
        load_bank(tmp_path / "demo-bank", tmp_path / "bank.csv")
    assert not list(tmp_path.iterdir())


def test_somebodys_own_settings_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "leadscore.db").write_bytes(b"precious")
    with pytest.raises(ConfigError, match="not a demo's"):
        load_example(tmp_path, n=2000, seed=3, end=END)
    assert (tmp_path / "leadscore.db").read_bytes() == b"precious"


def test_the_prior_shift_can_be_switched_on(tmp_path: Path) -> None:
    load_example(tmp_path, n=5000, seed=3, end=END, prior_shift=True)
    [(share,)] = rows(tmp_path, "SELECT AVG(converted) FROM withheld_outcomes")
    assert isinstance(share, float)
    assert 0.27 < share < 0.4
