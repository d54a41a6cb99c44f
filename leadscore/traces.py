"""The files that leadscore makes, and what they say of one lead.

Only two kinds name leads: the report of a night, in cells marked as such, and the rows of a file that could not be
imported. All other files that are made are searched all the same.
"""

import csv
import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from markupsafe import escape

from leadscore.intake.rejected import SUFFIX
from leadscore.report.shown import name
from leadscore.settings import Settings

MADE_BESIDE = ("backtest", "compare")  # folders beside leadscore.toml
BETWEEN_CELLS = re.compile(r"[,;\t|\"]")


@dataclass(frozen=True)
class Trace:
    """A file, ``content`` and all. ``surely`` says that it names the lead, else its id occurs where anything may."""

    files: AbstractFileSystem
    path: str
    content: bytes
    surely: bool


def made_files(settings: Settings, folder: Path) -> dict[str, AbstractFileSystem]:
    """The files in the folders that leadscore fills, and those beside leadscore.toml, in ``folder``, by their names."""
    found: dict[str, AbstractFileSystem] = {}
    for url in filter(None, (settings.report.dir, settings.models.dir, *(str(folder / each) for each in MADE_BESIDE))):
        files, path = url_to_fs(url)
        found |= dict.fromkeys(sorted(files.find(path)), files)
    files, path = url_to_fs(str(folder))
    beside = [*files.glob(f"{path}/*.html"), *files.glob(f"{path}/*{SUFFIX}")]
    return found | dict.fromkeys(sorted(map(str, beside)), files)


def traces(settings: Settings, folder: Path, lead_id: int | str) -> tuple[list[Trace], int]:
    """The files that say something of the lead, and how many there are in all.

    A number occurs in many places where it is no lead: only marked ones count. A text is looked for everywhere.
    """
    found, made = list[Trace](), made_files(settings, folder)
    for path, files in made.items():
        content = files.cat_file(path)
        if names(path, content, lead_id):
            found.append(Trace(files, path, content, surely=True))
        elif isinstance(lead_id, str) and _occurs(content, lead_id):
            found.append(Trace(files, path, content, surely=False))
    return found, len(made)


def names(path: str, content: bytes, lead_id: int | str) -> bool:
    """Whether a file has a marked place for leads, and this one in it."""
    text = content.decode(errors="replace")
    if path.endswith(".html"):
        shown = re.escape(str(escape(name(lead_id).text)))
        return bool(re.search(f"<td data-lead[^>]*>{shown}</td>", text))
    return path.endswith(SUFFIX) and any(_is_of(row, lead_id) for row in _rows(text))


def erase(trace: Trace, lead_id: int | str) -> None:
    """Take the lead's rows out of a file of rejected rows; delete any other file."""
    if not trace.path.endswith(SUFFIX):
        trace.files.rm_file(trace.path)
        return
    kept = io.StringIO()
    rows = _rows(trace.content.decode(errors="replace"))
    csv.writer(kept).writerows(row for row in rows if not _is_of(row, lead_id))
    trace.files.pipe_file(trace.path, kept.getvalue().encode())


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def _is_of(row: list[str], lead_id: int | str) -> bool:
    """Whether a cell of the row that was rejected, the last of ``row``, holds the id."""
    return str(lead_id) in (cell.strip() for cell in BETWEEN_CELLS.split(row[-1] if row else ""))


def _occurs(content: bytes, text: str) -> bool:
    """Whether ``text`` is a word of its own in a file, or in one that is packed in it."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(_occurs(archive.read(each), text) for each in archive.namelist())
    return bool(re.search(rb"(?<!\w)" + re.escape(text.encode()) + rb"(?!\w)", content))
