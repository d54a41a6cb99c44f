"""Frames kept on disk, so that memory does not grow with the table that they are of."""

import tempfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from weakref import finalize

import polars as pl


class Spool:
    """Frames in a temporary file without a name, which is gone with the process however it ends.

    ``height`` is the number of rows in all of them.
    """

    def __init__(self, frames: Iterable[pl.DataFrame] = ()) -> None:
        self._file = tempfile.TemporaryFile(prefix="leadscore-")  # noqa: SIM115  # open as long as this is there
        finalize(self, self._file.close)
        self._ends = [0]
        self.height = 0
        for frame in frames:
            self.add(frame)

    def __len__(self) -> int:
        """The number of frames."""
        return len(self._ends) - 1

    def __getitem__(self, number: int) -> pl.DataFrame:
        """The frame of this number, as it was added."""
        begin, end = self._ends[number], self._ends[number + 1]  # raises IndexError after the last one
        self._file.seek(begin)
        return pl.read_ipc(BytesIO(self._file.read(end - begin)))

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return (self[number] for number in range(len(self)))

    def add(self, frame: pl.DataFrame) -> None:
        """Keep another frame."""
        content = BytesIO()
        frame.write_ipc(content)
        self._file.seek(self._ends[-1])
        self._ends.append(self._ends[-1] + self._file.write(content.getbuffer()))
        self.height += frame.height
