import numpy as np
import polars as pl

from leadscore.leaks.codes import Coded, coded
from leadscore.leaks.shape import agreement, many_values, near_constant, same_columns

N = 2000
CONVERTED = np.random.default_rng(7).binomial(1, 0.1, N)


def column(name, cells, dtype=None):
    return coded(pl.Series(name, cells, dtype=dtype))


def names(findings):
    return [finding.column for finding in findings]


def test_a_value_of_999_in_1000_leads_is_near_constant_and_of_998_is_not():
    alike = column("alike", ["a"] * 1998 + ["b"] * 2)
    missing = column("missing", [None] * 1999 + [1.0])
    differs = column("differs", ["a"] * 1996 + ["b"] * 4)
    found = near_constant([alike, missing, differs])
    assert names(found) == ["alike", "missing"]
    assert found[0].figure == "99.90% of the leads have the same value, or none."


def test_only_a_column_of_one_value_is_useless_since_a_rare_value_may_become_frequent():
    found = near_constant(
        [column("one", ["a"] * N), column("empty", [None] * N, pl.Float64), column("two", [1.0] + [0.0] * (N - 1))]
    )
    assert [(f.column, f.useless) for f in found] == [("one", True), ("empty", True), ("two", False)]


def test_the_later_of_two_equal_columns_is_the_copy_whatever_the_spelling():
    rng = np.random.default_rng(1)
    countries = rng.choice(["Peru", "Chile", "Brazil"], N)
    first, second = column("country", countries), column("country.1", [f" {c.upper()}" for c in countries])
    found = same_columns([first, second], CONVERTED)
    assert names(found) == ["country.1"]
    assert found[0].figure == "it equals country in all leads in which they could differ."


def test_one_cell_in_200_may_differ_and_one_in_50_may_not():
    rng = np.random.default_rng(1)
    number = rng.normal(size=N)
    slips, other = number.copy(), number.copy()
    slips[::200] += 1
    other[::50] += 1
    assert names(same_columns([column("a", number), column("b", slips), column("c", other)], CONVERTED)) == ["b"]


def test_of_two_equal_columns_the_one_that_identifies_stays_wherever_it_stands():
    company, account, size = (column(name, [f"c{i % 90}" for i in range(N)]) for name in ("company", "account", "size"))
    found = same_columns([company, account, size], CONVERTED, identifiers=["account"])
    assert [(f.column, f.useless) for f in found] == [("company", True), ("size", True)]
    assert found[0].figure == "it equals account in all leads in which they could differ."
    assert names(same_columns([company, account, size], CONVERTED)) == ["account", "size"]


def test_two_identifiers_that_are_equal_are_both_kept():
    both = [column(name, [f"c{i % 90}" for i in range(N)]) for name in ("account", "owner")]
    found = same_columns(both, CONVERTED, identifiers=["account", "owner"])
    assert [(f.column, f.useless) for f in found] == [("owner", False)]


def asked_and_quoted():
    """Equal prices but for 16 of 2000 leads."""
    quoted = np.random.default_rng(1).normal(size=N)
    asked = quoted.copy()
    asked[:16] += 1
    return [column("quoted", quoted), column("asked", asked)]


def test_a_near_copy_whose_differing_leads_convert_otherwise_is_told_and_kept():
    converted = CONVERTED.copy()
    converted[:16] = [1] * 13 + [0] * 3
    found = same_columns(asked_and_quoted(), converted)
    assert [(f.column, f.check, f.useless, f.leak) for f in found] == [("asked", "copy", False, False)]
    rest = converted[16:].mean()
    assert found[0].figure == (
        f"it equals quoted in 99.2% of the leads in which they could differ; of the 16 others 81.2% convert, "
        f"of all the rest {rest:.1%}."
    )


def test_a_near_copy_whose_differing_leads_convert_like_the_others_is_useless():
    converted = CONVERTED.copy()
    converted[:16] = [1, 1] + [0] * 14
    assert [(f.column, f.useless) for f in same_columns(asked_and_quoted(), converted)] == [("asked", True)]


def test_a_copy_of_a_near_copy_that_is_kept_is_useless():
    converted = CONVERTED.copy()
    converted[:16] = 1
    quoted, asked = asked_and_quoted()
    again = Coded("again", asked.is_text, asked.codes, asked.keys)
    found = same_columns([quoted, asked, again], converted)
    assert [(f.column, f.useless) for f in found] == [("asked", False), ("again", True)]


def test_sparse_flags_that_agree_only_where_both_are_missing_or_zero_are_no_copies():
    yes = np.arange(N)
    by_id = [1.0 if i % 40 == 0 else None for i in yes]
    by_it = [1.0 if i % 40 == 1 else None for i in yes]
    assert same_columns([column("id", by_id), column("it", by_it)], CONVERTED) == []
    zeros = [column("id", (yes % 200 == 0) * 1.0), column("it", (yes % 200 == 1) * 1.0)]
    assert same_columns(zeros, CONVERTED) == []


def test_a_flag_that_is_nearly_always_the_or_of_two_is_no_copy_of_the_larger():
    i = np.arange(N)
    large, small = i % 10 == 0, i % 50 == 1
    assert same_columns([column("large", large * 1.0), column("either", (large | small) * 1.0)], CONVERTED) == []


def test_agreement_of_too_few_telling_leads_is_not_judged():
    sparse = [1.0] * 29 + [None] * (N - 29)
    assert agreement(column("a", sparse), column("b", sparse)) is None
    assert agreement(column("a", [1.0, *sparse[:-1]]), column("b", [1.0, *sparse[:-1]])) == 1.0


def test_a_number_is_no_copy_of_a_text():
    cells = [float(i % 7) for i in range(N)]
    assert same_columns([column("a", cells), column("b", [str(c) for c in cells])], CONVERTED) == []


def test_201_categories_are_many_and_201_numbers_are_not():
    found = many_values(
        [
            column("wide", [f"v{i}" for i in range(201)] + ["v0"]),
            column("narrow", [f"v{i}" for i in range(200)] + ["v0"] * 2),
            column("number", [float(i) for i in range(202)]),
        ]
    )
    assert names(found) == ["wide"]
    assert found[0].figure == "it has 201 different values, 200 of them in one lead each."
    assert (found[0].leak, found[0].useless) == (False, False)
