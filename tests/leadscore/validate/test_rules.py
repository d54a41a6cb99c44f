"""The table of rules: derived from training leads, overruled by settings, saved as JSON under a version."""

import math

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.errors import ConfigError
from leadscore.schema import Column, Kind, Schema
from leadscore.sections import Validation
from leadscore.validate.rules import (
    LARGEST,
    AllowedRule,
    BatchLimits,
    RangeRule,
    Rules,
    TypeRule,
    derive_rules,
    override,
)

SCHEMA = Schema(
    columns=(
        Column(name="lead_id", kind=Kind.IGNORE),
        Column(name="amount", kind=Kind.NUMBER),
        Column(name="is_known", kind=Kind.BOOLEAN),
        Column(name="country", kind=Kind.CATEGORY),
    )
)
LEADS = pl.DataFrame(
    {"amount": [1.0, 5.0, None, 3.0], "is_known": [1.0, None, None, 1.0], "country": ["DE", "de", "FR", None]}
)


def derive(amounts: list[float | None], **settings: object) -> Rules:
    leads = pl.DataFrame(
        {"amount": amounts, "is_known": [None] * len(amounts), "country": [None] * len(amounts)},
        schema={"amount": pl.Float64, "is_known": pl.Float64, "country": pl.String},
    )
    return derive_rules(
        SCHEMA, leads, Validation.model_validate(settings), n_in_source=leads.height, newest_gap_days=None
    )


def range_of(rules: Rules, column: str) -> tuple[float, float]:
    [rule] = [rule for rule in rules.rows if isinstance(rule, RangeRule) and rule.column == column]
    return rule.low, rule.high


def test_every_rule_is_in_one_table():
    rules = derive_rules(
        SCHEMA, LEADS, Validation(allowed={"country": ("DE", "FR")}), n_in_source=9, newest_gap_days=0.5
    )

    assert rules == Rules(
        rows=(
            TypeRule(column="amount", kind=Kind.NUMBER),
            TypeRule(column="is_known", kind=Kind.BOOLEAN),
            TypeRule(column="country", kind=Kind.CATEGORY),
            RangeRule(column="amount", low=0, high=45),
            RangeRule(column="is_known", low=0, high=1),
            AllowedRule(column="country", values=("DE", "FR")),
        ),
        batch=BatchLimits(
            null_shares={"amount": 0.25, "is_known": 0.5, "country": 0.25},
            seen={},
            n_leads=9,
            freshness_days=7,
        ),
    )
    assert [rule.name for rule in rules.rows] == [
        "is_number",
        "is_boolean",
        "is_category",
        "in_range",
        "in_range",
        "in_allowed",
    ]


@pytest.mark.parametrize(
    ("amounts", "bounds"),
    [
        ([100.0, 104.0], (60, 144)),
        ([1.0, 5.0], (0, 45)),
        ([0.0, 5.0], (0, 55)),
        ([-1.0, 5.0], (-61, 65)),
        ([2.0, None, 2.0], (0, 22)),
        ([0.0], (0, 10)),
        ([-3.0], (-33, 27)),
        ([1.0, 5.0, math.nan, math.inf, -math.inf], (0, 45)),
        ([None], (-LARGEST, LARGEST)),
        ([-LARGEST, LARGEST], (-LARGEST, LARGEST)),
    ],
)
def test_a_range_is_the_training_range_widened_by_ten_times_its_width(amounts, bounds):
    assert range_of(derive(amounts), "amount") == bounds


@given(st.lists(st.floats(), min_size=1))
def test_every_finite_training_value_is_in_its_range(amounts):
    low, high = range_of(derive(list(amounts)), "amount")

    assert all(low <= amount <= high for amount in amounts if math.isfinite(amount))


def test_settings_overrule_a_derived_range_and_infinity_means_no_limit():
    assert range_of(derive([1.0, 5.0], ranges={"amount": (2, 3)}), "amount") == (2, 3)
    assert range_of(derive([1.0, 5.0], ranges={"amount": (0, math.inf)}), "amount") == (0, LARGEST)


def test_settings_overrule_frozen_rules_without_training_again():
    frozen = derive([1.0, 5.0], allowed={"country": ("DE",)})
    changed = Validation(ranges={"amount": (2, 3)}, allowed={"country": ("FR",)}, freshness_days=3)

    assert override(frozen, Validation()) == frozen
    assert override(frozen, changed).rows == derive([1.0, 5.0], **changed.model_dump()).rows
    assert override(frozen, changed).batch.freshness_days == 3
    assert override(frozen, Validation(ranges={"new": (0, 1)}, allowed={"new": ("a",)})) == frozen


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"ranges": {"country": (0, 1)}}, "ranges.country"),
        ({"ranges": {"lead_id": (0, 1)}}, "ranges.lead_id"),
        ({"ranges": {"nowhere": (0, 1)}}, "ranges.nowhere"),
        ({"allowed": {"amount": ("a",)}}, "allowed.amount"),
        ({"ranges": {"amount": (1, 0)}}, "amount"),
        ({"ranges": {"amount": (0, math.nan)}}, "amount"),
    ],
)
def test_a_setting_that_fits_no_column_is_refused_by_name(settings, named):
    with pytest.raises(ConfigError, match=named):
        derive([1.0], **settings)


@pytest.mark.parametrize(("gap", "days"), [(None, None), (0.1, 7), (1.4, 7), (3.0, 15)])
def test_freshness_is_five_usual_gaps_and_at_least_a_week(gap, days):
    assert derive_rules(SCHEMA, LEADS, Validation(), n_in_source=3, newest_gap_days=gap).batch.freshness_days == days
    assert (
        derive_rules(
            SCHEMA, LEADS, Validation(freshness_days=2), n_in_source=3, newest_gap_days=gap
        ).batch.freshness_days
        == 2
    )


@pytest.mark.parametrize(
    ("values", "frozen"),
    [
        ([f"v{i:02}" for i in range(50)] * 10, tuple(f"v{i:02}" for i in range(50))),
        ([f"v{i}" for i in range(51)] * 10, None),
        (["v"] * 6 + ["V "] * 4, ("v",)),
        (["v"] * 9, None),
        ([], None),
        (["DE"] * 10 + ["FR"] * 9 + ["jane@example.com"] * 10, ("de",)),
        (["DE"] * 10 + ["+49 (170) 123-4567"] * 10, ("de",)),
    ],
)
def test_the_seen_set_is_of_few_values_without_rare_and_personal_ones(values, frozen):
    leads = pl.DataFrame({"country": [*values, None]}, schema={"country": pl.String}).with_columns(
        amount=pl.lit(None, pl.Float64), is_known=pl.lit(None, pl.Float64)
    )
    seen = derive_rules(SCHEMA, leads, Validation(), n_in_source=leads.height, newest_gap_days=None).batch.seen

    assert seen.get("country") == frozen


def test_rules_survive_json_with_their_version():
    rules = derive_rules(
        SCHEMA, LEADS, Validation(allowed={"country": ("DE", "FR")}), n_in_source=3, newest_gap_days=0.3
    )
    loaded = Rules.model_validate_json(rules.model_dump_json())

    assert loaded == rules
    assert loaded.version == rules.version


def test_the_version_is_the_same_on_every_machine():
    limits = BatchLimits(null_shares={"b": 0.1, "a": 0.25}, seen={}, n_leads=3, freshness_days=None)
    rules = Rules(rows=(RangeRule(column="a", low=0, high=1.5),), batch=limits)
    reordered = limits.model_copy(update={"null_shares": {"a": 0.25, "b": 0.1}})

    assert rules.version == "e26c01c508cd"
    assert rules.model_copy(update={"batch": reordered}).version == rules.version


def test_any_change_of_the_rules_changes_the_version():
    base = derive([1.0, 5.0])
    changed = [
        derive([1.0, 5.0], ranges={"amount": (0, 8)}),
        derive([1.0, 5.0], allowed={"country": ("DE",)}),
        derive([1.0, 5.0], freshness_days=4),
        derive([1.0, 5.0, 5.0]),
        base.model_copy(update={"rows": base.rows[::-1]}),
    ]

    assert len({rules.version for rules in [base, *changed]}) == 1 + len(changed)
