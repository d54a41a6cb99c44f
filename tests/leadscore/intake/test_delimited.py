import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadscore.intake.blocks import LINE
from leadscore.intake.delimited import Delimited

CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TABLES = st.integers(2, 5).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=12))


def read(path: Path, **options: str) -> tuple[Delimited, pl.DataFrame]:
    file = Delimited(path, **options)
    blocks = list(file.blocks())
    assert not any(block.aside for block in blocks)
    return file, pl.concat(block.rows for block in blocks)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(table=TABLES, separator=st.sampled_from(",;\t|"), end=st.sampled_from(["\n", "\r\n"]))
def test_whatever_csv_writes_is_read_as_it_was(
    table: list[list[str]], separator: str, end: str, tmp_path: Path
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([[f"name {n}" for n in range(len(table[0]))], *table])
    path = tmp_path / "own.csv"
    path.write_bytes(text.getvalue().encode())
    _, rows = read(path, separator=separator, encoding="utf-8")
    assert rows.drop(LINE).rows() == [tuple(row) for row in table if any(row)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949", "cp932", "cp1251"])
def test_encodings_are_found(encoding: str, tmp_path: Path) -> None:
    words = {
        "cp949": "안녕하세요 서울 회사",
        "cp932": "こんにちは東京会社です",
        "cp1251": "Здравствуйте московская компания",
    }
    word = words.get(encoding, "Größe, 서울")
    text = "id;name\n" + "".join(f"{n};{word}\n" for n in range(50))
    path = tmp_path / "own.csv"
    path.write_bytes(text.encode(encoding))
    assert read(path)[1]["name"].unique().to_list() == [word]


def test_western_text_is_read_as_such(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_bytes("id;name\n1;Café Müller à Besançon, père & fils\n2;Señor Niño\n".encode("cp1252"))
    assert read(path)[1]["name"].to_list() == ["Café Müller à Besançon, père & fils", "Señor Niño"]


def test_backslash_escapes_and_lone_quotes_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('id,name\n1,"a \\"quoted\\" word"\n2,"plain"\n', encoding="utf-8")
    assert read(path)[1]["name"].to_list() == ['a "quoted" word', "plain"]
    path.write_text('id\tname\n1\t19" monitor\n2\t"big" screen, 20"\n3\tx\n', encoding="utf-8")
    assert read(path)[1]["name"].to_list() == ['19" monitor', '"big" screen, 20"', "x"]


def test_lines_above_the_names_are_told(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("Leads of the week\nby Kim\n\nid;score\n1;2,5\n2;3,5\n", encoding="utf-8")
    file, rows = read(path)
    assert ("passed over", "3 lines above the names") in file.found
    assert rows["score"].to_list() == ["2,5", "3,5"]
    assert rows[LINE].to_list() == [5, 6]


def test_a_row_of_several_lines_that_is_too_short_is_set_aside_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text('id,note,x\n1,"two\nlines"\n2,a,b\n', encoding="utf-8")
    [block] = Delimited(path).blocks()
    assert [(row.line, row.reason) for row in block.aside] == [(2, "it has 2 cells instead of 3")]
    assert block.rows["id"].to_list() == ["2"]
