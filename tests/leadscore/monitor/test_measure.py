import math

from leadscore.monitor.measure import Measure


def test_a_limit_is_passed_on_its_own_side_only() -> None:
    assert [Measure.below("psi", value, 0.2).breached for value in (0.1, 0.2, 0.3)] == [False, False, True]
    assert [Measure.above("expected_f1", value, 0.4).breached for value in (0.3, 0.4, 0.5)] == [True, False, False]
    ratios = (0.4, 0.5, 1, 2, 2.1)
    assert [Measure.near_one("prior_shift", r, 2).breached for r in ratios] == [True, False, False, False, True]


def test_what_cannot_be_judged_says_why_and_is_no_breach() -> None:
    untold = Measure.untold("psi", "3 leads are too few", "country")
    assert (untold.value, untold.limit, untold.breached, untold.reason) == (None, None, False, "3 leads are too few")
    assert str(untold) == "psi of country not judged"


def test_in_words() -> None:
    assert str(Measure.below("psi", 0.5444, 0.2311, "country")) == "psi of country 0.544 (limit 0.231)"
    assert str(Measure("expected_recall", "", 0.5)) == "expected recall 0.5"


def test_the_excess_is_comparable_whatever_the_side_of_the_limit() -> None:
    assert Measure.below("psi", 0.75, 0.25).excess == Measure.above("expected_f1", 0.25, 0.75).excess == 3
    assert Measure.above("realised_f1", 0.0, 0.3).excess == math.inf
