"""A chunk of leads for another process than the one of the run, on this machine or another.

It is told little: which job, which model by URL and sha256, and the keys of the leads. It opens the databases and loads
the model itself, reads the leads, and stages what it makes of them; nothing comes back.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import Any, Self

import polars as pl

from leadscore.job import Job, open_unheld
from leadscore.models.bundle import load_to_score
from leadscore.pipeline import News, Slice
from leadscore.scoring import Model, stage_scored
from leadscore.settings import Settings
from leadscore.store.registry import Champion
from leadscore.store.runs import Run
from leadscore.validate.rules import Rules

TOLD = ("lead_id", "account_id", "row_number", "first")  # of the due leads


@dataclass(frozen=True)
class Order:
    """A job and its model as another process is told of them, which opens them itself."""

    settings: Settings
    as_of: datetime
    kept: Champion
    rules: Rules

    @property
    def key(self) -> tuple[str, datetime, Champion, str]:
        """What is equal for equal orders, and can be looked up by."""
        return self.settings.model_dump_json(), self.as_of, self.kept, self.rules.version


@dataclass(frozen=True)
class Parcel:
    """A chunk on its way: its due ``leads``, and the two frames of its ``news`` if the model asks for history.

    Each frame is compressed, to some six bytes a due lead.
    """

    chunk: str
    leads: bytes
    news: tuple[bytes, bytes] | None

    @classmethod
    def of(cls, due: Slice, news: News | None) -> Self:
        told = (packed(news.outcomes), packed(news.replaced)) if news else None
        return cls(due.chunk, packed(due.leads.select(TOLD)), told)

    def opened(self) -> tuple[Slice, News | None]:
        news = self.news and News(*map(unpacked, self.news))
        return Slice(self.chunk, unpacked(self.leads)), news


_opened: dict[Any, tuple[ExitStack, Job, Model]] = {}  # of the present run: workers of a cluster see many
_alone = Lock()  # Great Expectations is not safe in threads, of which a worker may have several


def stage_ordered(order: Order, run: Run, parcel: Parcel) -> None:
    """`stage_scored` in another process than the one of the run; what it opens stays open for the next chunk."""
    with _alone:
        if order.key not in _opened:
            _open(order)
        _, job, model = _opened[order.key]
        stage_scored(job, model, run, *parcel.opened())


def _open(order: Order) -> None:
    """Open the job and its model, in place of those of an earlier order."""
    for held, _, _ in _opened.values():
        held.close()
    _opened.clear()
    bundle, held = load_to_score(order.kept.uri, order.kept.sha256), ExitStack()
    job = open_unheld(order.settings, order.as_of, held)
    _opened[order.key] = held, job, Model(order.kept, bundle, order.rules)


def packed(frame: pl.DataFrame) -> bytes:
    """The frame in Arrow's format, compressed."""
    content = BytesIO()
    frame.write_ipc(content, compression="zstd")
    return content.getvalue()


def unpacked(content: bytes) -> pl.DataFrame:
    """What was `packed`."""
    return pl.read_ipc(content)
