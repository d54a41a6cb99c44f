"""Files as people send them: good rows, and among them every kind of damage, each with what must come of it."""

import io
import json
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

import openpyxl
import polars as pl

GOOD = 30  # sound rows of a file
SEPARATORS = ",;\t|"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252", "cp949")
WORDS = {"cp1252": "Müller & Söhne, Köln", "cp949": "서울 전자 상사", "utf-8": "서울 🏢 شركة"}
LONG = "x" * 1_100_000


@dataclass(frozen=True)
class Case:
    """A file called ``name`` of which ``rows`` are told for, loaded or set aside; None where it has to be refused.

    ``good`` are ids of rows that have to be loaded. ``may_fail``: a refusal in words is as good.
    """

    name: str
    content: bytes
    rows: int | None
    good: frozenset[str] = field(default_factory=frozenset)
    may_fail: bool = False


def cases() -> list[Case]:
    return [*delimited(), *whole_files(), *json_lines(), *workbooks(), *parquets()]


def row(number: int, separator: str, word: str) -> str:
    cells = (f"g{number}", f'"{word}"', f"{number}.5", "2026-01-02", '"two\nlines"' if number % 7 == 0 else "note")
    return separator.join(cells)


DAMAGE = {  # lines that are no rows, and how many they are
    "few": ("b1{s}b2", 1),
    "many": ("b1{s}b2{s}3{s}4{s}5{s}6{s}7", 1),
    "opened": ('b1{s}"never closed{s}1.5{s}2026-01-02{s}n', 1),
    "reopened": ('b1{s}"closed" and on{s}1.5{s}2026-01-02{s}n', 1),
    "zero": ("b1{s}a\0b{s}1.5{s}2026-01-02{s}n", 1),
    "long cell": ("b1{s}" + LONG + "{s}1.5{s}2026-01-02{s}n", 1),
    "return": ("b1{s}a\rb{s}1.5{s}2026-01-02{s}n", 1),
    "words": ("just some words", 1),
    "formula": ("=1+1{s}@SUM(A1){s}1.5{s}2026-01-02{s}-n", 1),
    "blank": ("\n\n", 0),
}


def delimited() -> Iterator[Case]:
    """Each damage, in files of each separator, encoding and kind of line, at a place drawn at random."""
    rng = random.Random(7)
    for (damage, (line, n)), encoding in ((d, e) for d in DAMAGE.items() for e in ENCODINGS):
        for end in ("\n", "\r\n"):
            separator = rng.choice(SEPARATORS)
            word = WORDS.get(encoding, WORDS["utf-8"])
            lines = [row(number, separator, word) for number in range(GOOD)]
            lines.insert(rng.randrange(GOOD), line.format(s=separator))
            text = end.join([separator.join(("id", "name", "amount", "day", "note")), *lines, ""])
            good = frozenset(f"g{number}" for number in range(GOOD))
            yield Case(f"{damage}, {encoding}, {end!r}", text.encode(encoding), GOOD + n, good)


def whole_files() -> Iterator[Case]:
    rows = [row(number, ";", "word") for number in range(1, 7)]
    table = "\n".join(["id;name;amount;day;note", *rows, ""]).encode()
    good = frozenset(f"g{number}" for number in range(1, 7))
    for length in range(len(table) - 40, len(table), 3):
        lines = table[:length].splitlines()
        complete = frozenset(f"g{number}" for number in range(1, len(lines) - 1))
        yield Case(f"cut after {length}", table[:length], len(lines) - 1, complete)
    yield Case("damaged bytes", table.replace(b"g3", b"b\xff\xfe"), 6, good - {"g3"})
    yield Case("names twice", table.replace(b"name;", b"ID;"), 6, good)
    yield Case("names empty", table.replace(b"name;amount", b";"), 6, good)
    yield Case("names of 200 letters", table.replace(b"name;amount", b"n" * 200 + b";" + b"n" * 201), 6, good)
    yield Case("no names", table.partition(b"\n")[2].replace(b"word", b"1"), None)
    yield Case("a title above", b"Leads of today\n\n" + table, 6, good)
    yield Case("a hint of the separator", b"sep=;\r\n" + table, 6, good)
    yield Case("separators at the end", table.replace(b"\n", b";;\n"), 6, good)
    yield Case("numbers in a column of words", table.replace(b"3.5", b"much"), 6, good)
    yield Case("an id twice", table + row(6, ";", "again").encode(), 7, good)
    yield Case("no id", table.replace(b"g3;", b";"), 6, good - {"g3"})
    yield Case(
        "10,000 columns", (";".join(f"c{i}" for i in range(10_000)) + "\n").encode() + b"1;" * 9_999 + b"1\n", None
    )
    yield Case("a line without an end", table + b"y" * 9_000_000, 7, good)
    yield Case("a quote that is never closed", table + b'"' + b"z\n" * 3_000, 6 + 3_000, good)
    yield Case("nothing but quotes", b"id;name\n" + b'"' * 5_000 + b"\n", None)
    yield Case("only names", b"id;name\n", None)
    yield Case("empty", b"", None)
    yield Case("blank", b"\n \n\n", None)
    yield Case("zero bytes", b"\0" * 5_000, None)
    yield Case("noise", random.Random(3).randbytes(20_000), None)
    for start in (b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1", b"%PDF-1.7", b"BZh9", b"\xfd7zXZ\0"):
        yield Case(f"no table: {start!r}", start + b"\n1;2;3\n" * 10, None)


def json_lines() -> Iterator[Case]:
    lines = [json.dumps({"id": f"g{n}", "name": "서울", "deep": {"a": [n]}, "ok": True}) for n in range(8)]
    good = frozenset(f"g{n}" for n in range(8))
    for name, line, n in (
        ("cut", lines[0][:-5], 1),
        ("a list", "[1, 2]", 1),
        ("a word", "word", 1),
        ("deep", "[" * 100_000, 1),
        ("half a character", '{"id": "b", "name": "\\ud800"}', 1),
        ("zero", '{"id": "b", "name": "a\\u0000b"}', 1),
        ("not a number", '{"id": "b", "amount": NaN}', 1),
        ("another type", '{"id": "b", "ok": "maybe"}', 1),
        ("a key of its own", '{"id": "b", "other": 1}', 1),
        ("large number", '{"id": "b", "amount": 1' + "0" * 400 + "}", 1),
        ("a huge cell", json.dumps({"id": "b", "name": LONG * 4}), 1),
        ("blank", "  ", 0),
    ):
        yield Case(f"JSON, {name}", "\n".join([*lines[:4], line, *lines[4:]]).encode(), 8 + n, good)
    yield Case("JSON, a list of objects", json.dumps([{"id": 1}, {"id": 2}]).encode(), None)
    yield Case("JSON, 10,000 keys", json.dumps({f"k{i}": i for i in range(10_000)}).encode(), None)


def workbook() -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.append(["id", "name", "amount"])
    for number in range(8):
        sheet.append([f"g{number}", "=1+1" if number == 3 else "서울", number / 2])
    book.save(file)
    return file.getvalue()


def repacked(book: bytes, part: str, content: bytes) -> bytes:
    """The workbook with another ``content`` of a ``part``."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, content if info.filename == part else old.read(info))
    return file.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
OPENING = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
LAUGHS = b"<!DOCTYPE l [" + b"".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha" * 50}">'.encode() for i in range(12)
)


def workbooks() -> Iterator[Case]:
    sound = workbook()
    rng = random.Random(5)
    yield Case("a workbook", sound, 8, frozenset(f"g{n}" for n in range(8)))
    for _ in range(12):
        yield Case(f"a workbook, cut {_}", sound[: rng.randrange(4, len(sound) - 30)], None)
    for _ in range(25):
        place = rng.randrange(4, len(sound))
        spoiled = sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :]
        yield Case(f"a workbook, damaged {_}", spoiled, 8, may_fail=True)
    for name, content in (
        ("a bomb", OPENING + b"<row r='1'>" + b" " * (20 << 20)),
        ("laughs", LAUGHS + b"]>" + OPENING + b"<row r='1'><c r='A1' t='str'><v>&l11;</v></c></row>"),
        ("far rows", OPENING + b"<row r='999999999999'><c r='A1'><v>1</v></c></row></sheetData></worksheet>"),
        ("far columns", OPENING + b"<row r='1'><c r='ZZZZZZ1'><v>1</v></c></row></sheetData></worksheet>"),
        ("no rows", OPENING + b"</sheetData></worksheet>"),
        ("unfinished", OPENING + b"<row r='1'><c r='A1'><v>"),
        ("no XML", b"id;name\n1;2\n"),
    ):
        yield Case(f"a workbook of {name}", repacked(sound, SHEET, content), None)
    yield Case("a bomb of texts", repacked(sound, "xl/styles.xml", b" " * (20 << 20)), None)
    yield Case("a workbook without its manifest", repacked(sound, "[Content_Types].xml", b""), None)
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("leads.csv", "id;name\n1;2\n")
    yield Case("an archive that is no workbook", other.getvalue(), None)


def parquets() -> Iterator[Case]:
    file, rng = io.BytesIO(), random.Random(11)
    frame = pl.DataFrame({"id": [f"g{n}" for n in range(50)], "amount": range(50), "tags": [["a", "서울"]] * 50})
    frame.write_parquet(file, statistics=False)
    sound = file.getvalue()
    yield Case("Parquet", sound, 50, frozenset(frame["id"]))
    for _ in range(10):
        yield Case(f"Parquet, cut {_}", sound[: rng.randrange(4, len(sound) - 1)], None)
    for _ in range(20):
        place = rng.randrange(4, len(sound) - 4)
        spoiled = sound[:place] + bytes([sound[place] ^ 0xFF]) + sound[place + 1 :]
        yield Case(f"Parquet, damaged {_}", spoiled, 50, may_fail=True)
