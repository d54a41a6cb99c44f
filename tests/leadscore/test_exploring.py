"""The leads of a database explored, from the table to the page."""

from pathlib import Path

import polars as pl
import pytest
from pages.leads import NOW, funnel
from typer.testing import CliRunner

from leadscore import exploring
from leadscore.cli import app
from leadscore.errors import LabelError, SourceError
from leadscore.exploring import explored_html, read_leads
from leadscore.settings import Settings, load_settings
from leadscore.store.engine import open_engine
from leadscore.store.load import load_table

ALL = """
[leads]
table = "mql"
id = "number"
created_at = "created_at"
closed_at = "closed_at"
owner = "seller"
exclude = ["twice_the_size"]
"""
SQLITE_FIRST = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.acceptance)], indirect=True
)  # for what reads each column of many leads, which others do on both databases
BARE = '[leads]\ntable = "mql"\nid = "number"\n'


def table() -> pl.DataFrame:
    leads = funnel()
    told = leads.lives.select(number="lead_id", is_converted="label", created_at="created_at", closed_at="closed_at")
    return pl.concat([told.with_columns(pl.col("is_converted").cast(pl.Int64)), leads.raw], how="horizontal")


def settings_of(database: str, folder: Path, monkeypatch: pytest.MonkeyPatch, of: pl.DataFrame, text: str) -> Settings:
    engine = open_engine(database)
    load_table(engine, "mql", [of], "number")
    engine.dispose()
    file = folder / "leadscore.toml"
    file.write_text(text, encoding="utf-8")
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", database)
    monkeypatch.setenv("LEADSCORE_CONFIG", str(file))
    return load_settings(file)


@pytest.fixture
def settings(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    return settings_of(database, tmp_path, monkeypatch, table(), ALL)


def read(settings: Settings) -> exploring.Explored:
    engine = open_engine(settings.source_url)
    try:
        return read_leads(engine, settings, NOW)
    finally:
        engine.dispose()


def test_the_leads_are_read_as_training_reads_them(settings: Settings) -> None:
    leads = read(settings)
    known = table()["is_converted"].count()
    assert leads.is_whole
    assert (leads.lives.height, leads.unsound, leads.owner, leads.account) == (400, 0, "seller", None)
    assert leads.outcome.count() <= known, "what closes after today is not known yet"
    assert leads.readings.country == "customer_country"
    assert "twice_the_size" not in leads.raw.columns


@SQLITE_FIRST
def test_of_many_leads_some_are_read_whole(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exploring, "MOST_LEADS", 50)
    leads = read(settings)
    assert (leads.lives.height, leads.sampled.height, leads.raw.height, leads.read.height) == (400, 50, 50, 50)
    assert leads.sampled["lead_id"].equals(read(settings).sampled["lead_id"]), "the same ones each time"
    assert leads.sampled.join(leads.lives, on=leads.sampled.columns, nulls_equal=True).height == 50


@SQLITE_FIRST
def test_a_table_of_two_columns_without_labels_has_a_page(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = pl.DataFrame({"number": range(1, 40), "size": [float(i % 5) for i in range(39)]})
    text = explored_html(settings_of(database, tmp_path, monkeypatch, of, BARE), NOW)
    assert "39 leads, 39 of them open. No outcome is known" in text


def test_leads_without_a_sound_key_are_counted_and_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query gives the ids; a table's key would not repeat."""
    of = pl.DataFrame({"number": range(1, 31), "lead": [*range(29), 3], "is_converted": [1, 0] * 15})
    query = '[leads]\nquery = "SELECT * FROM mql"\nid = "lead"\n'
    leads = read(settings_of(f"sqlite:///{tmp_path}/own.db", tmp_path, monkeypatch, of, query))
    assert (leads.lives.height, leads.unsound) == (28, 2)


def test_a_column_of_labels_that_are_none_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = pl.DataFrame({"number": [1, 2], "is_converted": ["perhaps", "soon"]})
    settings = settings_of(f"sqlite:///{tmp_path}/own.db", tmp_path, monkeypatch, of, BARE)
    with pytest.raises(LabelError, match="neither 0/1"):
        explored_html(settings, NOW)


def test_a_lead_whose_label_is_none_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = pl.DataFrame({"number": [1, 2, 3], "is_converted": ["perhaps", "no", "yes"]})
    leads = read(settings_of(f"sqlite:///{tmp_path}/own.db", tmp_path, monkeypatch, of, BARE))
    assert (leads.lives.height, leads.unsound, leads.outcome.to_list()) == (2, 1, [0, 1])


def test_a_table_without_leads_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    of = pl.DataFrame({"number": [1], "is_converted": [1]}).clear()
    settings = settings_of(f"sqlite:///{tmp_path}/own.db", tmp_path, monkeypatch, of, BARE)
    with pytest.raises(SourceError, match="holds no leads"):
        explored_html(settings, NOW)


def test_the_command_writes_the_page_and_says_what_it_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_of(f"sqlite:///{tmp_path}/own.db", tmp_path, monkeypatch, table(), ALL)
    page = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["explore", "--out", str(page)])
    assert result.exit_code == 0, result.output
    assert "400 leads in the source" in result.output
    assert f"written: {page}" in result.output.replace("\n", "")
    assert "<h1>The leads explored</h1>" in page.read_text(encoding="utf-8")
