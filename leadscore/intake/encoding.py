"""Which encoding a text file is in, and how its undecodable bytes are marked instead of lost."""

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

MARK = "\udcff"  # stands for bytes that are no text in the encoding; no text holds it by itself
MARKING = "leadscore.mark"  # the name of our error handler
UNREADABLE = re.compile("[\ud800-\udfff]")  # marks, and halves of characters that no database takes

BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
LEGACY = (  # one or more for each script that leads are written in
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "koi8_r"),
    *("cp949", "cp932", "euc_jp", "gb18030", "big5"),
)
CHUNK = 1 << 20
SAMPLE = 1 << 16  # bytes of lines beyond ASCII that a guess is made from
MOSTLY = 0.9  # share of such lines that are UTF-8 from which on the others are damaged rows


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return MARK, error.end
    raise error


codecs.register_error(MARKING, _mark)


def is_known(name: str) -> bool:
    """Whether Python reads text in the encoding ``name``."""
    try:
        "".encode(name)
    except LookupError:
        return False
    return True


def guess_encoding(path: Path) -> str:
    """The encoding of a file by its mark, as UTF-8 if (nearly) all of it is, else as its bytes suggest."""
    with path.open("rb") as file:
        head = file.read(4096)
    if by_mark := next((name for mark, name in BOMS if head.startswith(mark)), None):
        return by_mark
    if wide := _without_mark(head):
        return wide
    return "utf-8" if _is_utf8(path) else _legacy(b"".join(_beyond_ascii(path)))


def _without_mark(head: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) < 0.4 * max(len(head) // 2, 1):
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True  # what is cut off at the very end is a damaged row


def _beyond_ascii(path: Path) -> Iterator[bytes]:
    """Lines with bytes beyond ASCII, from the beginning, to some `SAMPLE` bytes."""
    size = 0
    with path.open("rb") as file:
        while size < SAMPLE and (line := file.readline(SAMPLE)):
            if not line.isascii():
                size += len(line)
                yield line


def _legacy(sample: bytes) -> str:
    """UTF-8 with some damaged rows, or the likeliest of the older encodings."""
    from charset_normalizer import from_bytes

    lines = sample.splitlines()
    sound = sum(MARK not in line.decode("utf-8", MARKING) for line in lines if not line.isascii())
    if sound >= MOSTLY * max(sum(not line.isascii() for line in lines), 1):
        return "utf-8"
    best = from_bytes(sample, cp_isolation=list(LEGACY)).best()
    alike = best.could_be_from_charset if best else []  # that read these bytes as the same text
    return next((name for name in LEGACY if name in alike), LEGACY[0])
