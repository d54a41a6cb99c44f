from datetime import datetime

import numpy as np
import pytest

from leadscore.backtest.figures import Judged, pooled, total
from leadscore.backtest.replay import Scored
from leadscore.models.metrics import point_measures


def scored(converted: list[int], probability: list[float], cutoff: float = 0.5) -> Scored:
    return Scored(np.array(converted), np.array(probability), cutoff, len(converted), 0, 0, 0)


def drawn(seed: int, n: int = 300, cutoff: float = 0.4) -> Scored:
    rng = np.random.default_rng(seed)
    probability = rng.beta(1, 4, n)
    return scored((rng.random(n) < probability).astype(int).tolist(), probability.tolist(), cutoff)


def test_of_one_period_the_totals_are_its_figures() -> None:
    one = drawn(1)
    expected = point_measures(one.converted, one.probability, one.cutoff)
    assert pooled([one]) == pytest.approx({name: expected[name] for name in pooled([one])})


def test_each_lead_counts_at_the_cutoff_of_its_time() -> None:
    first = scored([1, 0, 0, 1], [0.9, 0.6, 0.1, 0.3], cutoff=0.5)  # called: a hit and a miss; one left behind
    second = scored([1, 0], [0.3, 0.2], cutoff=0.25)  # called: a hit
    found = pooled([first, second])
    assert found["precision"] == pytest.approx(2 / 3)
    assert found["recall"] == pytest.approx(2 / 3)
    assert found["f1"] == pytest.approx(2 / 3)
    assert found["roc_auc"] == pytest.approx((3 + 1) / (4 + 1)), "pairs of one period only"
    assert found["base_rate"] == pytest.approx(1 / 2)


def test_a_period_without_conversions_still_counts_what_was_called_in_vain() -> None:
    good, barren = scored([1, 0], [0.9, 0.1]), scored([0, 0], [0.8, 0.1])
    assert pooled([good, barren])["precision"] == 0.5
    assert pooled([good, barren])["roc_auc"] == 1.0


def test_intervals_hold_the_figures_and_widen_where_periods_differ() -> None:
    alike = total([drawn(seed) for seed in range(6)], seed=1)
    assert alike.n == 1800
    assert alike.f1.low < alike.f1.value < alike.f1.high
    apart = total([drawn(seed, cutoff=cutoff) for seed, cutoff in enumerate([0.05, 0.1, 0.4, 0.6, 0.7, 0.8])], seed=1)
    assert apart.recall.high - apart.recall.low > alike.recall.high - alike.recall.low


def test_a_period_of_one_outcome_has_counts_but_no_measures() -> None:
    class Model:
        origin = datetime(2025, 1, 1)

    found = Judged.of(scored([0, 0], [0.1, 0.2]), Model(), seed=1)  # type: ignore[arg-type]
    assert (found.n, found.conversions, found.measures) == (2, 0, None)
