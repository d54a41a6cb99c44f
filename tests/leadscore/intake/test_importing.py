"""Whatever the file: a refusal in words, or each of its rows either loaded or set aside."""

import contextlib
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from broken import Case, cases

from leadscore.errors import LeadScoreError, SourceError
from leadscore.intake.importing import Imported, import_file
from leadscore.intake.options import FileOptions
from leadscore.store.engine import open_engine, reading

CASES = cases()


def load(path: Path, url: str, key: str | None = None, **options: str) -> Imported:
    return import_file(path, url, "leads", FileOptions(**options), key, lambda *_: None)  # type: ignore[arg-type]


def table(url: str) -> pl.DataFrame:
    engine = open_engine(url)
    with reading(engine) as connection:
        found = connection.execute(sa.select(sa.text("*")).select_from(sa.table("leads")))
        rows = pl.DataFrame([dict(row) for row in found.mappings()], infer_schema_length=None)
    engine.dispose()
    return rows


def write(folder: Path, content: str | bytes, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_there_are_more_than_two_hundred_broken_files() -> None:
    assert len(CASES) > 200


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_broken_file_ends_in_words_or_in_rows_set_aside_and_no_good_row_is_lost(case: Case, tmp_path: Path) -> None:
    path, url = write(tmp_path, case.content, "leads.file"), f"sqlite:///{tmp_path}/own.db"
    refusal = contextlib.suppress(LeadScoreError) if case.may_fail else contextlib.nullcontext()
    if case.rows is None:
        refusal = pytest.raises(LeadScoreError)  # type: ignore[assignment]
    with refusal:
        done = load(path, url)
        assert done.merged.n_new + done.rejected.n == case.rows
        assert case.good <= set(table(url)["id"].to_list())


TABLE = "id;name;amount;day\na;김;1,5;31.12.2025\nb;علي;2;1.1.2026\nc;;;\n"


def test_a_file_is_loaded_with_types_and_again_without_effect(database: str, tmp_path: Path) -> None:
    path = write(tmp_path, TABLE)
    done = load(path, database)
    types = {name: column.type.value for name, column in done.plan.columns.items()}
    assert types == {"id": "text", "name": "text", "amount": "float", "day": "time"}
    assert (done.key, done.merged.n_new, done.merged.n_known) == ("id", 3, 0)
    first = table(database).sort("id")
    assert first["amount"].to_list() == [1.5, 2.0, None]
    assert first["name"].to_list() == ["김", "علي", None]
    assert str(first["day"][0]).startswith("2025-12-31 00:00:00")
    again = load(path, database)
    assert (again.merged.n_new, again.merged.n_known) == (0, 3)
    assert table(database).sort("id").equals(first)


def test_a_later_file_changes_known_rows_adds_new_ones_and_new_columns(database: str, tmp_path: Path) -> None:
    load(write(tmp_path, TABLE), database)
    done = load(write(tmp_path, "ID;amount;won\nb;7,25;yes\nd;1;no\n"), database)
    assert (done.merged.n_new, done.merged.n_known) == (1, 1)
    rows = {row["id"]: row for row in table(database).to_dicts()}
    assert {name: row["amount"] for name, row in rows.items()} == {"a": 1.5, "b": 7.25, "c": None, "d": 1.0}
    assert {name: row["won"] for name, row in rows.items()} == {"a": None, "b": "yes", "c": None, "d": "no"}
    assert rows["b"]["name"] == "علي", "a column that the file lacks stays"


def test_cells_that_a_table_does_not_take_are_set_aside_with_their_line(database: str, tmp_path: Path) -> None:
    load(write(tmp_path, TABLE), database)
    done = load(write(tmp_path, "id;amount\na;much\nb;3\n"), database)
    assert dict(done.rejected.reasons) == {"amount is no number": 1}
    assert done.rejected.file.read_text(encoding="utf-8").splitlines() == [
        "line,reason,row",
        '2,amount is no number,"a,much"',
    ]


def test_rows_without_an_id_are_known_by_their_content_and_numbered(database: str, tmp_path: Path) -> None:
    rows = "x,y\n1,a\n1,a\n2,b\n"
    load(write(tmp_path, rows), database)
    first = table(database).sort("row_number")
    assert first["row_number"].to_list() == [1, 2, 3]
    assert first["row_id"][1] == first["row_id"][0] + "-2"
    done = load(write(tmp_path, rows + "3,c\n"), database)
    assert (done.merged.n_new, done.merged.n_known) == (1, 3)
    assert table(database).sort("row_number")[:3].equals(first)
    swapped = load(write(tmp_path, "y,x\na,1\n"), database)
    assert (swapped.merged.n_new, swapped.merged.n_known) == (0, 1)


def test_a_column_that_is_nearly_an_id_is_named_and_may_be_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path, "lead_id,x\n" + "".join(f"{n},{n}\n" for n in [*range(199), 198]))
    assert load(path, f"sqlite:///{tmp_path}/a.db").nearly == {"lead_id": 1}
    done = load(path, f"sqlite:///{tmp_path}/b.db", key="lead_id")
    assert dict(done.rejected.reasons) == {"its lead_id comes again further down": 1}


def test_what_cannot_be_known_by_the_key_is_refused(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    with pytest.raises(SourceError, match="no column number"):
        load(write(tmp_path, TABLE), url, key="number")
    load(write(tmp_path, TABLE), url)
    with pytest.raises(SourceError, match="known by id"):
        load(write(tmp_path, TABLE), url, key="name")
    with pytest.raises(SourceError, match="no column id"):
        load(write(tmp_path, "x;y\n1;2\n"), url)


def test_nothing_is_loaded_from_a_file_that_ends_in_a_refusal(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    with pytest.raises(SourceError, match="None of the 2 rows"):
        load(write(tmp_path, "id;a;b\n1\n2\n"), url)
    assert (tmp_path / "leads.csv.rejected.csv").is_file()
    engine = open_engine(url)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()
    load(write(tmp_path, TABLE), url)
    assert not (tmp_path / "leads.csv.rejected.csv").exists(), "that of the import before"


def test_formulas_are_loaded_as_text_and_harmless_in_the_file_of_rejected_rows(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/own.db"
    done = load(write(tmp_path, "id,note\n1,=1+1\n2,@SUM(A1)\n=cmd|' /C calc'!A0\n"), url)
    assert table(url)["note"].to_list() == ["=1+1", "@SUM(A1)"]
    assert "'=cmd" in done.rejected.file.read_text(encoding="utf-8")


def test_ambiguous_days_stay_text_unless_a_person_or_another_column_says_how_they_are_meant(tmp_path: Path) -> None:
    path = write(tmp_path, "id,day\n1,1/2/2026\n2,3/4/2026\n")
    assert load(path, f"sqlite:///{tmp_path}/a.db").ambiguous == ["day"]
    load(path, f"sqlite:///{tmp_path}/b.db", dates="month-first")
    assert str(table(f"sqlite:///{tmp_path}/b.db")["day"][0]).startswith("2026-01-02")
    write(tmp_path, "id,day,end\n1,1/2/2026,13/2/2026\n2,3/4/2026,14/4/2026\n")
    assert load(path, f"sqlite:///{tmp_path}/c.db").ambiguous == []
    assert str(table(f"sqlite:///{tmp_path}/c.db")["day"][0]).startswith("2026-02-01")


def test_what_a_table_forbids_is_told_in_words(database: str, tmp_path: Path) -> None:
    engine = open_engine(database)
    columns = (sa.Column("id", sa.Text, primary_key=True), sa.Column("must", sa.Text, nullable=False))
    sa.Table("leads", sa.MetaData(), *columns).create(engine)
    engine.dispose()
    with pytest.raises(SourceError, match="The table does not take the rows"):
        load(write(tmp_path, "id,x\n1,2\n"), database)


def test_a_database_that_cannot_be_loaded_into_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="duckdb"):
        load(write(tmp_path, TABLE), f"duckdb:///{tmp_path}/own.duck")
