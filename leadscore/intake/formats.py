"""Which format a file is in: by how it begins, whatever its name says."""

import re
from pathlib import Path

from leadscore.errors import SourceError
from leadscore.intake.blocks import RowFile
from leadscore.intake.delimited import Delimited
from leadscore.intake.encoding import is_known
from leadscore.intake.excel import Excel
from leadscore.intake.json_lines import JsonLines
from leadscore.intake.options import FileOptions
from leadscore.intake.parquet import Parquet

OLD_OFFICE = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks with a password
ZIP, PARQUET = b"PK\x03\x04", b"PAR1"
PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"%PDF": "PDF"}
JSON_START = re.compile(rb'(\xef\xbb\xbf)?\s*(\{\s*("|\})|\[\s*[\[{])')


def open_rows(path: Path, options: FileOptions) -> RowFile:
    """The rows of a file of any known format. Raises SourceError in a sentence for one that is none."""
    head = _head(path)
    if options.encoding and not is_known(options.encoding):
        raise SourceError(f"There is no encoding {options.encoding}.", "for instance utf-8, cp1252 or cp949.")
    if not head.strip():
        raise SourceError(f"{path.name} is empty.", "name a file with a line of names, and a line a lead.")
    if head.startswith(OLD_OFFICE):
        raise SourceError(f"{path.name} is an old .xls workbook, or has a password.", "save it as .xlsx or CSV.")
    if name := next((name for start, name in PACKED.items() if head.startswith(start)), None):
        raise SourceError(f"{path.name} is a {name} file.", "unpack it, or export it as CSV.")
    if head.startswith(ZIP):
        return Excel(path, options.sheet)
    if head.startswith(PARQUET):
        return Parquet(path)
    if JSON_START.match(head):
        return JsonLines(path, options.encoding)
    return Delimited(path, options.separator, options.encoding)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}.", "name a file that is there.") from None
