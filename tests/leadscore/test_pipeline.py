import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from leadscore.pipeline import Slices, cut, evenly


@given(st.lists(st.integers(0, 7), max_size=8), st.integers(1, 5))
def test_rows_are_dealt_evenly_in_their_order(sizes: list[int], rows: int) -> None:
    ids = pl.Series("lead_id", range(sum(sizes)), dtype=pl.Int64)
    frames, start = [], 0
    for size in sizes:
        frames.append(ids[start : start + size].to_frame())
        start += size
    found = list(evenly(frames, rows))
    assert [each for part in found for each in part["lead_id"]] == ids.to_list()
    assert [part.height for part in found[:-1]] == [rows] * (len(found) - 1)
    assert all(0 < part.height <= rows for part in found)


def test_slices_come_one_by_one_but_for_those_that_are_left_out() -> None:
    leads = pl.DataFrame({"lead_id": range(7)})
    slices = Slices.of(cut([leads], 3, "model"))
    chunks = list(slices.sizes)
    assert [(each.chunk, each.leads["lead_id"].to_list()) for each in slices] == [
        (chunks[0], [0, 1, 2]),
        (chunks[1], [3, 4, 5]),
        (chunks[2], [6]),
    ]
    left = slices.without({chunks[1]})
    assert len(left) == 2
    assert left.sizes == {chunks[0]: 3, chunks[2]: 1}
    assert [each.leads.height for each in left] == [3, 1]


def test_a_slice_is_named_by_its_leads_and_by_what_scores_them() -> None:
    leads = pl.DataFrame({"lead_id": [1, 2]})
    [one], [same] = cut([leads], 9, "m1"), cut([leads[:1], leads[1:]], 9, "m1")
    [other_model], [other_leads] = cut([leads], 9, "m2"), cut([leads[::-1]], 9, "m1")
    assert one.chunk == same.chunk
    assert len({one.chunk, other_model.chunk, other_leads.chunk}) == 3
