import polars as pl
import pytest

from leadscore.recipes.codebook import breaches, codebook
from leadscore.sample.fields import FIELDS
from leadscore.schema import Kind

SOUND = pl.DataFrame(
    {
        "bant_submit": [0.0, 0.25, None],
        "enterprise": ["SMB", "Enterprise", "smb"],
        "id_strategic_ver": [1, None, None],
        "it_strategic_ver": [None, 1, None],
        "idit_strategic_ver": [1, 1, None],
        "business_area": ["retail", "hotel", "retail"],
        "ver_win_rate_x": [0.1, 0.2, 0.1],
    }
)


def test_it_has_the_29_fields_of_the_write_up_each_described() -> None:
    assert set(codebook()) == {*FIELDS, "is_converted"}
    assert len(codebook()) == 29
    assert all(field.says.endswith(".") and field.kind in Kind for field in codebook().values())


def test_what_a_field_needs_of_others_is_a_field() -> None:
    assert {each for field in codebook().values() for each in (*field.any_of, *field.one_by)} <= set(codebook())


def test_sound_leads_break_nothing_and_columns_of_ones_own_are_not_judged() -> None:
    assert breaches(SOUND.with_columns(mine=pl.lit("x"))) == []


@pytest.mark.parametrize(
    ("column", "values", "n", "rule"),
    [
        ("bant_submit", [0.3, 0.25, None], 1, "is one of 0.0, 0.25, 0.5, 0.75, 1.0"),
        ("bant_submit", ["x", "0.25", None], 1, "is a number"),
        ("enterprise", ["SMB", "Konzern", "?"], 2, "is one of Enterprise, SMB"),
        ("idit_strategic_ver", [1, None, 1], 2, "is 1 where id_strategic_ver or it_strategic_ver is"),
        ("ver_win_rate_x", [0.1, 0.2, 0.3], 1, "has one value for each business_area"),
        ("ver_win_rate_x", [0.1, 1.2, 0.1], 1, "is at most 1"),
        ("ver_win_rate_x", [0.1, -0.2, 0.1], 1, "is at least 0"),
    ],
)
def test_each_rule_counts_what_breaks_it(column: str, values: list[object], n: int, rule: str) -> None:
    found = breaches(SOUND.with_columns(pl.Series(column, values, strict=False)))
    assert [(each.field, each.n, each.rule) for each in found] == [(column, n, rule)]
