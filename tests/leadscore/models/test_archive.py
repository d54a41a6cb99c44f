"""Zip files that somebody has made with care to do harm: refused in words, before anything of them is unpacked."""

import hashlib
import io
import re
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from leadscore.errors import BundleDamaged
from leadscore.models import archive
from leadscore.models.archive import unzipped, zipped
from leadscore.models.bundle import load

FILES = {"bundle.json": b"{}", "shipped/fit.json": b"[1, 2]"}


def made(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for name, content in members:
            file.writestr(name, content)
    return buffer.getvalue()


def special(name: str, mode: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    return member


def encrypted(data: bytes) -> bytes:
    """With the flag set in the local header and in the directory."""
    flags = struct.pack("<H", 1)
    data = data[:6] + flags + data[8:]
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 8] + flags + data[at + 10 :]


def saying_it_is_small(data: bytes) -> bytes:
    """The directory tells of ten bytes where a megabyte is."""
    at = data.rindex(b"PK\x01\x02")
    return data[: at + 24] + struct.pack("<I", 10) + data[at + 28 :]


HOSTILE: dict[str, tuple[bytes, str]] = {
    "up and out": (made(("../../etc/cron.d/x", b"")), "is no plain file"),
    "within and out": (made(("shipped/../../x", b"")), "is no plain file"),
    "from the root": (made(("/etc/passwd", b"")), "is no plain file"),
    "another drive": (made(("C:/x", b"")), "is no plain file"),
    "backslashes": (made(("..\\x", b"")), "is no plain file"),
    "a folder": (made(("shipped/", b"")), "is no plain file"),
    "a link": (made((special("bundle.json", stat.S_IFLNK | 0o777), b"/etc/passwd")), "is no plain file"),
    "a device": (made((special("bundle.json", stat.S_IFCHR | 0o666), b"")), "is no plain file"),
    "a method without bounds": (made(("bundle.json", b"0" * 10**6), method=zipfile.ZIP_LZMA), "is no plain file"),
    "another one": (made(("bundle.json", b"0" * 10**6), method=zipfile.ZIP_BZIP2), "is no plain file"),
    "encrypted": (encrypted(made(("bundle.json", b"{}"))), "is no plain file"),
    "a size that is not true": (saying_it_is_small(made(("bundle.json", b"0" * 10**6))), "Bad CRC"),
}


def test_what_is_zipped_is_unzipped_and_equal_contents_give_equal_bytes() -> None:
    assert unzipped(zipped(FILES)) == FILES
    assert zipped(FILES) == zipped(dict(FILES))


@pytest.mark.parametrize(("data", "told"), HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_plain_file_is_refused(data: bytes, told: str, tmp_path: Path) -> None:
    file = tmp_path / "made.zip"
    file.write_bytes(data)
    with pytest.raises(BundleDamaged, match=told) as refused:
        load(str(file), hashlib.sha256(data).hexdigest())
    assert "leadscore retrain" in refused.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["made.zip"]


def test_a_name_that_comes_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = made(("bundle.json", b"{}"), ("bundle.json", b"[]"))
    with pytest.raises(ValueError, match=r"holds bundle\.json more than once"):
        unzipped(data)


@pytest.mark.parametrize("n", [1, 40], ids=["one large file", "many small ones"])
def test_a_bomb_is_refused_before_it_is_unpacked(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 10**6)
    data = made(*((f"{i}.json", bytes(2 * 10**6 // n)) for i in range(n)))
    assert len(data) < 20_000
    tracemalloc.start()
    with pytest.raises(ValueError, match=re.escape("it unpacks to 2,000,000 bytes, more than the 1,000,000 allowed")):
        unzipped(data)
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()
