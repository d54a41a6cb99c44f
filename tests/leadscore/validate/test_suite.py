"""The Great Expectations suite: it says of every lead what the masks say, and never passes what it could not judge."""

import math
import warnings

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadscore.errors import BatchRefused
from leadscore.schema import Column, Kind, Schema
from leadscore.validate.masks import failures
from leadscore.validate.rules import LARGEST, AllowedRule, BatchLimits, RangeRule, RowRule, Rules, TypeRule
from leadscore.validate.suite import Certifier

NO_LIMITS = BatchLimits(null_shares={}, seen={}, n_leads=0, freshness_days=None)
ODD_NAMES = ["deal size (€)", "a.b", "$PARAMETER", "100%", "x{y}", "名前", "column"]


def table(*rows: RowRule) -> Rules:
    return Rules(rows=rows, batch=NO_LIMITS)


RULES = table(
    TypeRule(column="deal size (€)", kind=Kind.NUMBER),
    TypeRule(column="is.known", kind=Kind.BOOLEAN),
    TypeRule(column="country", kind=Kind.CATEGORY),
    RangeRule(column="deal size (€)", low=-1, high=10),
    RangeRule(column="is.known", low=0, high=1),
    AllowedRule(column="country", values=("DE", "fr", "12", "$x")),
)
CERTIFIER = Certifier(RULES)
SCHEMA = Schema(columns=tuple(Column(name=rule.column, kind=rule.kind) for rule in RULES.rows[:3]), missing=("none",))
GOOD = pl.DataFrame({"deal size (€)": [5.0, None], "is.known": [1.0, 0.0], "country": ["DE", None]})


def refused(certifier: Certifier, conformed: pl.DataFrame) -> str:
    """What is said against ``conformed``; empty where it is certified."""
    try:
        certifier.certify(conformed)
    except BatchRefused as error:
        return error.message
    return ""


edges = st.sampled_from(
    [-1.0, 10.0, math.nextafter(-1, -2), math.nextafter(10, 11), 0.0, 1.0, 2.0, float("nan"), float("inf"), LARGEST]
)
numbers = st.none() | edges | st.floats()
odd_text = st.sampled_from(["", " 5 ", "11", "none", "12x", "nan", "inf", "-inf", "yes", "F", "2", "maybe"])
number_columns = st.one_of(
    st.tuples(st.just(pl.String), st.lists(st.none() | odd_text, min_size=4, max_size=4)),
    st.tuples(st.just(pl.Float64), st.lists(numbers, min_size=4, max_size=4)),
)
countries = st.lists(
    st.sampled_from([None, "DE", " DE", "de", "fr", "12", "$x", "none", "", "x"]), min_size=4, max_size=4
)


@st.composite
def raw_leads(draw: st.DrawFn) -> pl.DataFrame:
    size, known = draw(number_columns), draw(number_columns)
    return pl.DataFrame(
        [
            pl.Series("deal size (€)", size[1], dtype=size[0]),
            pl.Series("is.known", known[1], dtype=known[0]),
            pl.Series("country", draw(countries), dtype=pl.String),
        ]
    )


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(raw_leads())
def test_masks_and_suite_agree_on_every_rule_of_random_leads(raw):
    found = failures(raw, SCHEMA, RULES)
    conformed = SCHEMA.conform(raw)
    # What cannot be read is null once conformed: only the masks can see it, and null passes the suite.
    found = found.filter(~pl.col("rule").str.starts_with("is_"))

    for row in range(raw.height):
        said = refused(CERTIFIER, conformed[row : row + 1])
        masked = found.filter(pl.col("row") == row).select("rule", "column").rows()
        agreed = [f"{rule} of {column} fails" in said for rule, column in masked]
        assert all(agreed)
        assert said.count(" fails") == len(masked)
        assert "raised" not in said

    among_good = refused(CERTIFIER, pl.concat([GOOD, conformed, GOOD]))
    assert among_good.count(" fails") == found.select("rule", "column").n_unique() * (not found.is_empty())
    good = conformed.with_row_index("row").join(found, on="row", how="anti").drop("row")
    assert refused(CERTIFIER, good) == ""


@settings(max_examples=30, deadline=None)
@given(raw_leads())
def test_the_type_masks_find_exactly_the_cells_that_conforming_loses(raw):
    found = failures(raw, SCHEMA, RULES).filter(pl.col("rule").str.starts_with("is_"))
    as_text = Schema(columns=[c.model_copy(update={"kind": Kind.CATEGORY}) for c in SCHEMA.columns], missing=("none",))
    lost = SCHEMA.conform(raw).select(pl.all().is_null()) != as_text.conform(raw).select(pl.all().is_null())

    assert set(found.select("row", "column").rows()) == {
        (row, column) for column in lost.columns for row in lost[column].arg_true()
    }


def test_leads_without_rows_or_values_are_certified():
    CERTIFIER.certify(GOOD.clear())
    CERTIFIER.certify(pl.DataFrame([[None], [None], [None]], schema=GOOD.schema))


def test_a_lost_column_is_refused_by_name_though_no_row_fails():
    said = refused(CERTIFIER, GOOD.drop("deal size (€)"))

    assert said.endswith(
        "2 of 6 rules: is_number of deal size (€) raised an exception, in_range of deal size (€) raised an exception."
    )


def test_a_rule_that_raises_is_refused_without_quoting_a_cell():
    said = refused(CERTIFIER, GOOD.with_columns(pl.Series("deal size (€)", ["jane@example.com", "5"])))

    assert "is_number of deal size (€) fails" in said
    assert "in_range of deal size (€) raised an exception" in said
    assert "jane" not in said


def test_a_column_of_another_type_is_refused():
    assert "is_category of country fails" in refused(CERTIFIER, GOOD.with_columns(country=pl.lit(12.0)))
    assert "is_boolean of is.known fails" in refused(CERTIFIER, GOOD.with_columns(pl.lit(1).alias("is.known")))


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_column_may_have_any_name(name):
    certifier = Certifier(table(TypeRule(column=name, kind=Kind.NUMBER), RangeRule(column=name, low=0, high=1)))

    certifier.certify(pl.DataFrame({name: [0.5]}))
    assert f"in_range of {name} fails" in refused(certifier, pl.DataFrame({name: [2.0]}))


def test_an_unlimited_range_takes_every_number_but_not_infinity_or_nan():
    certifier = Certifier(table(RangeRule(column="x", low=-LARGEST, high=LARGEST)))

    certifier.certify(pl.DataFrame({"x": [-LARGEST, 0.0, None, LARGEST]}))
    for bad in ("inf", "-inf", "nan"):
        assert "in_range of x fails" in refused(certifier, pl.DataFrame({"x": [0.0, float(bad)]}))


def test_an_empty_allowed_set_takes_nothing_but_missing():
    certifier = Certifier(table(AllowedRule(column="x", values=())))

    certifier.certify(pl.DataFrame({"x": [None]}, schema={"x": pl.String}))
    assert "in_allowed of x fails" in refused(certifier, pl.DataFrame({"x": ["a"]}))


def test_certifying_shows_and_warns_of_nothing(capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CERTIFIER.certify(GOOD)

    assert capfd.readouterr() == ("", "")
