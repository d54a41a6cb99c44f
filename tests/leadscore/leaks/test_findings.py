import pytest

from leadscore.errors import LeakFound
from leadscore.leaks.findings import Finding, settle

LEAK = Finding(column="duration", check="too good alone", figure="ROC AUC 0.882 alone.", leak=True)
COPY = Finding(column="country.1", check="copy", figure="it equals country.", useless=True)
WIDE = Finding(column="seller", check="many values", figure="it has 984 different values.")


def test_exclude_leaves_out_leaks_and_useless_columns_and_says_so():
    left_out, told = settle([LEAK, COPY, WIDE], "exclude")
    assert left_out == ("duration", "country.1")
    assert told == (
        "duration is left out (too good alone): ROC AUC 0.882 alone.",
        "country.1 is left out (copy): it equals country.",
        "seller is kept (many values): it has 984 different values.",
    )


def test_warn_keeps_leaks_and_still_leaves_out_useless_columns():
    left_out, told = settle([LEAK, COPY, WIDE], "warn")
    assert left_out == ("country.1",)
    assert told[0] == "duration is kept, though it seems to know the outcome (too good alone): ROC AUC 0.882 alone."


def test_fail_refuses_a_leak_and_says_which_and_what_to_do():
    with pytest.raises(LeakFound) as caught:
        settle([LEAK, COPY, WIDE], "fail")
    assert caught.value.message == (
        "1 column may hold what is known only after the outcome: "
        "duration seems to know the outcome (too good alone): ROC AUC 0.882 alone."
    )
    assert "[leads] exclude" in caught.value.hint
    assert "on_leak" in caught.value.hint


def test_fail_accepts_columns_that_are_only_useless():
    assert settle([COPY, WIDE], "fail")[0] == ("country.1",)


def test_a_column_with_two_findings_is_left_out_once_and_told_twice():
    known = Finding(column="duration", check="many values", figure="it has 900 different values.")
    left_out, told = settle([LEAK, known], "exclude")
    assert left_out == ("duration",)
    assert told[1] == "duration is left out (many values): it has 900 different values."
