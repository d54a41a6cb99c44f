import numpy as np
import pytest

from leadscore.monitor.drift import js_distance, js_limit, psi, psi_limit, share_limit


def test_equal_shares_are_not_apart() -> None:
    assert psi([300, 700], [30_000, 70_000]) == pytest.approx(0, abs=1e-5)
    assert js_distance([300, 700], [30_000, 70_000]) == pytest.approx(0, abs=1e-3)


def test_the_index_is_that_of_the_text_book() -> None:
    assert psi([200_000, 800_000], [500_000, 500_000]) == pytest.approx(0.3 * np.log(2.5) + 0.3 * np.log(1.6), abs=1e-4)


def test_the_distance_is_one_at_most() -> None:
    assert js_distance([10**6, 0], [0, 10**6]) == pytest.approx(1, abs=1e-3)


def test_small_distances_tell_the_same() -> None:
    present, trained = [110_000, 90_000], [100_000, 100_000]
    assert js_distance(present, trained) ** 2 * 8 * np.log(2) == pytest.approx(psi(present, trained), rel=0.01)


@pytest.mark.parametrize(
    ("n", "bins"), [(100, 20), *(pytest.param(500, bins, marks=pytest.mark.acceptance) for bins in (20, 4)), (5000, 12)]
)
def test_chance_alone_stays_below_the_limits(n: int, bins: int) -> None:
    """Whatever the number of leads, one night in a thousand or so comes near what chance is given."""
    draw = np.random.default_rng(n + bins)
    share = draw.dirichlet(np.full(bins, 2.0))
    tries = [(draw.multinomial(n, share), draw.multinomial(20_000, share)) for _ in range(2000)]
    above = [psi(*each) > psi_limit(0, *each) for each in tries]
    far = [js_distance(*each) > js_limit(0, *each) for each in tries]
    assert np.mean(above) < 0.01
    assert np.mean(far) < 0.01
    assert not any(psi(*each) > psi_limit(0.05, *each) for each in tries)


def test_more_leads_leave_less_to_chance() -> None:
    limits = [psi_limit(0.2, [n // 2, n // 2], [10_000, 10_000]) for n in (100, 1000, 10_000)]
    assert limits == sorted(limits, reverse=True)
    assert 0.2 < limits[-1] < 0.21


def test_the_limit_on_a_share_is_never_above_one() -> None:
    assert share_limit(0.1, 0.95, 500, 10_000) == 1.0
    assert 0.1 < share_limit(0.1, 0.0, 500, 10_000) < 0.11
    assert share_limit(0.1, 0.5, 100, 10_000) > share_limit(0.1, 0.5, 10_000, 10_000) > 0.6
