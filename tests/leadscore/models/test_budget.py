import time

from leadscore.models.budget import Budget


def test_without_seconds_there_is_always_time_left() -> None:
    assert Budget().left == float("inf")


def test_what_is_left_falls_as_time_goes_by_and_below_zero() -> None:
    budget = Budget(10, started=time.monotonic() - 4)
    first = budget.left
    assert 5 < first <= 6
    time.sleep(0.01)
    assert budget.left <= first - 0.01
    assert Budget(1, started=time.monotonic() - 4).left < -2.9


def test_it_starts_when_it_is_made() -> None:
    assert 59 < Budget(60).left <= 60
