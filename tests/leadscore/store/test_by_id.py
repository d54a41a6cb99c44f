"""Ranges of ids, on both databases: whatever the ids are, none is lost, parted or told twice."""

from itertools import pairwise

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from leadscore.errors import SourceError
from leadscore.sections import Leads
from leadscore.store.by_id import Ranges, cut
from leadscore.store.engine import open_engine, writing
from leadscore.store.source import open_source, scan, scan_ranges

IDS = st.lists(st.integers(0, 9), max_size=30)
ODD = ["Zoë", "a", "B", "b", "_", "Ä", "é", "한국", "😀", "z9", "z10", "", " ", "a a", "ab"]


def frame(ids: list[int | None]) -> pl.DataFrame:
    return pl.DataFrame({"lead_id": ids}, schema={"lead_id": pl.Int64})


def in_frames(ids: list[int], sizes: list[int]) -> list[pl.DataFrame]:
    bounds = sorted({0, len(ids), *(size % (len(ids) + 1) for size in sizes)})
    return [frame(list(ids[a:b])) for a, b in pairwise(bounds)]


@given(IDS, st.integers(0, 3), st.lists(st.integers(0, 40)))
def test_frames_are_cut_between_two_ids_and_nothing_is_lost(ids: list[int], missing: int, sizes: list[int]) -> None:
    frames = in_frames(sorted(ids), sizes) + [frame([None] * missing)] * bool(missing)
    found = list(cut(frames))
    assert [each for part in found for each in part["lead_id"]] == sorted(ids) + [None] * missing
    named = [set(part["lead_id"].drop_nulls()) for part in found]
    assert sum(map(len, named)) == len(set(ids)), "no id is in two of them"


@given(IDS, st.integers(0, 3), st.lists(st.integers(0, 40)), st.lists(st.integers(-1, 10)))
def test_ranges_hand_out_each_row_once_up_to_the_id(
    ids: list[int], missing: int, sizes: list[int], bounds: list[int]
) -> None:
    ranges = Ranges(iter([frame([]), *in_frames(sorted(ids), sizes), frame([None] * missing)]))
    last = -1
    for bound in sorted(bounds):
        assert ranges.upto(bound)["lead_id"].to_list() == sorted(each for each in ids if last < each <= bound)
        last = max(last, bound)
    assert ranges.upto(None)["lead_id"].to_list() == sorted(each for each in ids if each > last) + [None] * missing
    assert ranges.upto(None).is_empty()


def test_ids_in_another_order_are_refused() -> None:
    with pytest.raises(SourceError, match="another rule"):
        list(cut([frame([1, 3]), frame([2])]))


def test_text_of_any_script_comes_in_the_order_of_its_bytes_by_ranges_and_whole(database: str) -> None:
    engine = open_engine(database)
    ids = [*ODD, "a", None]
    with writing(engine) as connection:
        connection.execute(sa.text("CREATE TABLE leads (id TEXT, won INTEGER, changed TIMESTAMP)"))
        connection.execute(sa.text("INSERT INTO leads (id) VALUES (:id)"), [{"id": each} for each in ids])
    source = open_source(engine, Leads(table="leads", id="id", label="won", updated_at="changed"))
    parts, whole = list(scan_ranges(source, chunk_rows=3)), scan(source, chunk_rows=100)
    engine.dispose()
    assert pl.concat(parts)["lead_id"].to_list() == [*sorted([*ODD, "a"], key=str.encode), None]
    assert pl.concat(parts)["row_number"].to_list() == list(range(1, len(ids) + 1))
    assert pl.concat(parts).equals(whole)
    assert len(parts) > 1 or database.startswith("postgresql"), "which hands over 16 MB at a time"
