from datetime import datetime
from typing import Any

import polars as pl
import pytest

from leadscore.intake.blocks import LINE, Block
from leadscore.intake.columns import Column, Learned, Possible, settle
from leadscore.intake.forms import Decimal
from leadscore.schema import Type


class File:
    """The columns of a file, and what it suggests."""

    found = ()

    def __init__(self, columns: dict[str, list[str | None]], likely_decimal: Decimal = "point") -> None:
        self.columns, self.declared = tuple(columns), dict[str, Type]()
        self.likely_decimal = likely_decimal
        n = len(next(iter(columns.values())))
        self.rows = pl.DataFrame({LINE: range(n), **columns}, schema_overrides=dict.fromkeys(columns, pl.String))

    def blocks(self) -> list[Block]:
        return [Block(self.rows, (), 1.0)]


def settled(file: File) -> dict[str, Column]:
    learned = Learned(possible={name: Possible() for name in file.columns})
    learned.take(file.blocks()[0])
    return settle(file, learned, None)  # type: ignore[arg-type]


def read(file: File, name: str) -> list[Any]:
    column = settled(file)[name]
    return file.rows.select(column.read(name, pl.String())).to_series().to_list()


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["1", "-2", " 3 ", "", None], [1, -2, 3, None, None]),
        (["1.5", "2", ".5", "1e-3"], [1.5, 2.0, 0.5, 0.001]),
        (["1,5", "2", "-0,25"], [1.5, 2.0, -0.25]),
        (["1,234.5", "12", "1,000,000"], [1234.5, 12.0, 1000000.0]),
        (["1.234,5", "12", "1.000.000"], [1234.5, 12.0, 1000000.0]),
        (["true", "FALSE", "True"], [True, False, True]),
        (["007", "8"], ["007", "8"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        (["1", "two"], ["1", "two"]),
        (["yes", "no"], ["yes", "no"]),
        (["", None], [None, None]),
        (["2026-01-31", "2026-02-01"], [datetime(2026, 1, 31), datetime(2026, 2, 1)]),
        (
            ["2026-01-31T10:20:30.0", "2026/2/1 3:04"],
            [datetime(2026, 1, 31, 10, 20, 30), datetime(2026, 2, 1, 3, 4)],
        ),
        (["31.1.2026 10:20", "1.2.2026"], [datetime(2026, 1, 31, 10, 20), datetime(2026, 2, 1)]),
        (["1/31/2026 1:05 PM", "2/1/2026 12:00 a.m."], [datetime(2026, 1, 31, 13, 5), datetime(2026, 2, 1)]),
        (["31/1/2026", "1/2/2026"], [datetime(2026, 1, 31), datetime(2026, 2, 1)]),
        (["2026-02-31"], ["2026-02-31"]),
        (["2026-01-31T10:20:30Z"], ["2026-01-31T10:20:30Z"]),
    ],
)
def test_a_column_is_what_all_its_values_can_be(texts: list[str | None], values: list[Any]) -> None:
    assert read(File({"x": texts}), "x") == values


def test_the_decimal_mark_of_a_file_is_the_one_that_a_column_shows() -> None:
    assert read(File({"x": ["1,234"], "y": ["0,5"]}), "x") == [1.234]
    assert read(File({"x": ["1,234"], "y": ["0.5"]}), "x") == [1234.0]
    assert read(File({"x": ["1,234"], "y": ["word"]}), "x") == [1234.0]
    assert read(File({"x": ["1,234"], "y": ["word"]}, likely_decimal="comma"), "x") == [1.234]
