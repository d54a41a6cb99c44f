"""What a file says of one lead: named in a marked place, or perhaps something else."""

import io
import zipfile
from pathlib import Path

import pytest

from leadscore.report.shown import name
from leadscore.sections import Database, Leads, Models, Report
from leadscore.settings import Settings
from leadscore.traces import erase, made_files, names, traces

PAGE = '<td data-lead class="short" data-order="4711.0">4711</td><td class="number">42</td>'
REJECTED = 'line,reason,row\n2,amount is no number,"4711,acme,?"\n3,amount is no number,"42,4711 Main Street,?"\n'


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database=Database(url=f"sqlite:///{tmp_path}/store.db"),
        leads=Leads(table="leads"),
        models=Models(dir=str(tmp_path / "models")),
        report=Report(dir=str(tmp_path / "reports")),
    )


def write(file: Path, content: str | bytes) -> Path:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def packed(text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bundle.json", text)
    return buffer.getvalue()


def test_a_page_names_a_lead_in_cells_that_are_marked() -> None:
    assert names("2026-01-01T0200.html", PAGE.encode(), 4711)
    assert not names("2026-01-01T0200.html", PAGE.encode(), 42), "a number of something else"
    assert not names("2026-01-01T0200.html", PAGE.encode(), 471)


def test_an_id_is_found_as_it_is_shown() -> None:
    assert names("p.html", b"<td data-lead>a&amp;b</td>", "a&b")
    assert names("p.html", f"<td data-lead>{name('kim@example.com').text}</td>".encode(), "kim@example.com")


def test_a_rejected_row_names_a_lead_in_a_whole_cell(tmp_path: Path, settings: Settings) -> None:
    file = write(tmp_path / "leads.csv.rejected.csv", REJECTED)
    [found], n = traces(settings, tmp_path, 4711)
    assert (found.path, found.surely, n) == (str(file), True, 1)
    erase(found, 4711)
    assert file.read_text().splitlines() == ["line,reason,row", '3,amount is no number,"42,4711 Main Street,?"']


def test_a_page_that_names_a_lead_is_deleted(tmp_path: Path, settings: Settings) -> None:
    file = write(tmp_path / "reports" / "newest.html", PAGE)
    [found], _ = traces(settings, tmp_path, 4711)
    erase(found, 4711)
    assert not file.exists()


def test_a_text_is_looked_for_everywhere_even_in_what_is_packed(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path / "models" / "m1.zip", packed('{"seller": "L-7"}'))
    write(tmp_path / "compare" / "compare.json", '"L-77"')
    found, n = traces(settings, tmp_path, "L-7")
    assert [(Path(each.path).name, each.surely) for each in found] == [("m1.zip", False)]
    assert n == 2


def test_other_files_beside_the_settings_are_the_users_own(tmp_path: Path, settings: Settings) -> None:
    write(tmp_path / "leads.csv", "L-7")
    page = write(tmp_path / "report.html", PAGE)
    assert list(made_files(settings, tmp_path)) == [str(page)]
