"""What another process is told of a chunk."""

from datetime import datetime

import numpy as np
import polars as pl

from leadscore.cluster.ordered import TOLD, Parcel, packed, unpacked
from leadscore.due import OUTCOME
from leadscore.pipeline import News, Slice

N = 50_000


def due() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    ids = np.sort(rng.choice(4 * N, N, replace=False))
    return pl.DataFrame(
        {
            "lead_id": ids,
            "account_id": rng.integers(N, size=N),
            "row_number": np.arange(N),
            "first": True,
            "row_hash": rng.random(N).astype(str),
        }
    )


def test_a_parcel_brings_the_keys_and_the_news_and_no_more() -> None:
    leads = due()
    told = leads.select("lead_id", "account_id", owner_id=1, created_at=datetime(2026, 1, 1), closed_at=None, label=1)
    news = News(told.select(OUTCOME), leads.select("lead_id", "account_id"))
    chunk, there = Parcel.of(Slice("c1", leads), news).opened()
    assert (chunk.chunk, chunk.leads.columns) == ("c1", list(TOLD))
    assert chunk.leads.equals(leads.select(TOLD))
    assert there is not None
    assert there.outcomes.equals(news.outcomes)
    assert there.replaced.equals(news.replaced)
    assert Parcel.of(Slice("c1", leads), None).opened()[1] is None


def test_a_lead_takes_a_few_bytes_on_its_way() -> None:
    assert len(Parcel.of(Slice("c1", due()), None).leads) < 8 * N


def test_frames_arrive_as_they_were_packed() -> None:
    frame = pl.DataFrame({"text": ["ä", None], "time": [datetime(2026, 1, 1), None]})
    assert unpacked(packed(frame)).equals(frame)
