from datetime import datetime
from decimal import Decimal

import polars as pl
import pytest

from leadscore.schema import Type
from leadscore.store.frames import store_times, to_frame

WHEN = datetime(2026, 1, 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("type_", "cells", "expected", "dtype"),
    [
        (Type.INTEGER, [1, None], [1, None], pl.Int64),
        (Type.INTEGER, [1, 2.5], ["1", "2.5"], pl.String),
        (Type.FLOAT, [1.5, 2, Decimal("0.25"), None], [1.5, 2.0, 0.25, None], pl.Float64),
        (Type.FLOAT, [1.5, "many"], ["1.5", "many"], pl.String),
        (Type.FLOAT, [1.5, "2"], ["1.5", "2"], pl.String),
        (Type.BOOLEAN, [1, 0, None], [True, False, None], pl.Boolean),
        (Type.TEXT, ["a", 7, None], ["a", "7", None], pl.String),
        (Type.TIME, [WHEN, None], [WHEN, None], pl.Datetime("us")),
        (Type.TIME, ["2026-01-01", WHEN], ["2026-01-01", "2026-01-01 02:03:04"], pl.String),
        (Type.TIME, [WHEN.date(), WHEN], ["2026-01-01", "2026-01-01 02:03:04"], pl.String),
        (Type.INTEGER, [174.0, "x"], ["174", "x"], pl.String),
        (Type.TEXT, [b"caf\xc3\xa9", "b"], ["café", "b"], pl.String),
        (Type.TIME, [None], [None], pl.Datetime("us")),
        (None, [1, None], [1, None], pl.Int64),
        (None, [None, None], [None, None], pl.Null),
    ],
)
def test_cells_take_their_type_or_become_text(
    type_: Type | None, cells: list[object], expected: list[object], dtype: pl.DataType
) -> None:
    frame = to_frame([(cell,) for cell in cells], {"c": type_})
    assert frame["c"].to_list() == expected
    assert frame.schema["c"] == dtype


def test_no_rows_still_have_their_columns() -> None:
    frame = to_frame([], {"a": Type.INTEGER, "b": Type.TEXT})
    assert frame.schema == {"a": pl.Int64, "b": pl.String}
    assert frame.is_empty()


def test_times_of_the_store_are_naive_utc() -> None:
    frame = to_frame([("2026-01-01 02:03:04.000000",), (None,)], {"t": Type.TIME})
    assert store_times(frame, "t")["t"].to_list() == [WHEN, None]
