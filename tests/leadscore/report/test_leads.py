import io
import json
from datetime import datetime
from typing import Any

import polars as pl
import pytest
from rich.cells import cell_len
from rich.console import Console

from leadscore.report.leads import exported, show_leads

REASONS = "; ".join(f"column {i}: a long [value]" for i in range(6))
LEAD: dict[str, Any] = {
    "lead_id": 7,
    "account_id": None,
    "owner_id": 174,
    "grade": "A",
    "score": 98,
    "probability": 0.912,
    "previous_score": 90,
    "reasons_for": REASONS,
    "reasons_against": None,
    "overridden": False,
    "override_note": None,
    "scored_at": datetime(2026, 1, 1),
}


def table(*changes: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([LEAD | change for change in changes], infer_schema_length=None)


def printed(leads: pl.DataFrame, *, terminal: bool = False, width: int = 80) -> list[str]:
    file = io.StringIO()
    show_leads(Console(file=file, force_terminal=terminal, width=width, color_system=None), leads)
    return file.getvalue().splitlines()


def test_leads_stand_in_columns_each_with_its_reasons_below() -> None:
    lines = printed(table({}, {"lead_id": 12345, "owner_id": 9, "previous_score": None, "reasons_against": "x: 1"}))
    assert lines == [
        "#   lead  owner  grade  score  moved  chance",
        "1      7    174      A     98     +8     91%",
        f"     + {REASONS}",
        "2  12345      9      A     98    new     91%",
        f"     + {REASONS}",
        "     - x: 1",
    ], "a program that reads gets one line a reason"


def test_a_grade_by_hand_is_marked() -> None:
    lines = printed(table({"grade": "D", "overridden": True, "reasons_for": None}, {"previous_score": 98}))
    assert lines[1].split() == ["1", "7", "174", "D*", "98", "+8", "91%"]
    assert lines[2].split() == ["2", "7", "174", "A", "98", "0", "91%"]
    assert lines[-1] == "* graded by a person"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    long = {"lead_id": "lead-" * 9, "account_id": "account-" * 9, "owner_id": "owner-" * 9}
    lines = printed(table(LEAD | long), terminal=True, width=width)
    assert max(map(len, lines)) <= width
    assert "…" in lines[1]
    assert all(line.startswith("     ") for line in lines[2:])


@pytest.mark.parametrize("width", [80, 110])
def test_the_id_that_why_asks_for_is_whole_and_every_script_stands_in_line(width: int) -> None:
    asked = "16b1ce62-162d-410c-94b1-0242ac120002"
    named = {"lead_id": asked, "account_id": "서울 무역 #136", "owner_id": "김민수", "reasons_for": None}
    lines = printed(
        table(named, named | {"account_id": "Müller & Söhne", "owner_id": "J."}), terminal=True, width=width
    )
    assert all(asked in line and cell_len(line) == cell_len(lines[0]) <= width for line in lines[1:])
    assert ("김민수" in lines[1]) == (width == 110)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_spreadsheet_runs_a_cell_of_the_csv(start: str) -> None:
    leads = table({"override_note": f"{start}HYPERLINK(1)", "account_id": f"{start}1"}, {"override_note": "a = b"})
    found = pl.read_csv(exported(leads, "csv"), infer_schema=False)
    assert found["override_note"].to_list() == [f"'{start}HYPERLINK(1)", "a = b"]
    assert found["account_id"][0] == f"'{start}1"


def test_numbers_of_the_csv_stay_numbers() -> None:
    assert pl.read_csv(exported(table({"lead_id": -7}), "csv"))["lead_id"].to_list() == [-7]


def test_json_is_a_list_of_leads() -> None:
    [lead] = json.loads(exported(table({}), "json"))
    assert (lead["lead_id"], lead["probability"], lead["override_note"]) == (7, 0.912, None)


def test_parquet_is_read_back_as_it_was() -> None:
    leads = table({"override_note": "=1"})
    assert pl.read_parquet(exported(leads, "parquet")).equals(leads)
