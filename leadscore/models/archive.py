"""A zip file of a few files in memory: made so that equal contents give equal bytes, read as if it were hostile."""

import io
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

MAX_BYTES = 256 * 2**20  # packed and, separately, unpacked; a member of 300 trees takes about 0.3 MB packed
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # what others make of a few bytes has no bound
ENCRYPTED = 1  # a flag of a zip's member
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same for all members and models


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """The bytes of a zip file with these files, by name."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            member = zipfile.ZipInfo(name, EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3  # else the bytes would depend on the operating system
            archive.writestr(member, content)
    return buffer.getvalue()


def unzipped(data: bytes) -> dict[str, bytes]:
    """The files in a zip. Raises ValueError, BadZipFile or zlib.error where it is not as `zipped` makes one."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        _require_plain(members)
        return {member.filename: archive.read(member) for member in members}


def _require_plain(members: Sequence[zipfile.ZipInfo]) -> None:
    if odd := [member.filename for member in members if not _is_plain(member)]:
        raise ValueError(f"its {odd[0]!r} is no plain file within a bundle")
    if repeated := [name for name, n in Counter(member.filename for member in members).items() if n > 1]:
        raise ValueError(f"it holds {repeated[0]} more than once")
    size = sum(member.file_size for member in members)
    if size > MAX_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes, more than the {MAX_BYTES:,} allowed")


def _is_plain(member: zipfile.ZipInfo) -> bool:
    """Whether it is a file, no link, beside the others, in the clear, by a method that unpacks no more than asked."""
    path, kind = PurePosixPath(member.filename), stat.S_IFMT(member.external_attr >> 16)
    beside = not path.is_absolute() and ".." not in path.parts and not re.search(r"[\\:]|/$", member.filename)
    in_the_clear = not member.flag_bits & ENCRYPTED
    return beside and in_the_clear and kind in (0, stat.S_IFREG) and member.compress_type in METHODS
