import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import f1_score, roc_auc_score

from leadscore.models.curve import Curve
from leadscore.monitor.performance import (
    Counted,
    Present,
    Realised,
    auc,
    auc_error,
    trained_auc,
    trained_f1,
)

DRAW = np.random.default_rng(5)
PROBABILITY = expit(DRAW.normal(-2.5, 1.5, 40_000))
CONVERTED = (DRAW.random(40_000) < PROBABILITY).astype(np.int64)
CUTOFF = 0.3


def present(probability: np.ndarray) -> Present:
    """Open leads by percentile, as the store groups them."""
    order = np.sort(probability)
    parts = [part for group in np.array_split(order, 99) for part in (group[group < CUTOFF], group[group >= CUTOFF])]
    kept = [(i // 2 + 1, part) for i, part in enumerate(parts) if len(part)]
    return Present(
        score=np.array([score for score, _ in kept]),
        called=np.array([part[0] >= CUTOFF for _, part in kept]),
        n=np.array([len(part) for _, part in kept]),
        won=np.array([part.sum() for _, part in kept]),
    )


def test_without_a_label_the_figures_are_those_that_the_labels_give() -> None:
    expected, called = present(PROBABILITY), PROBABILITY >= CUTOFF
    assert expected.counted.f1 == pytest.approx(f1_score(CONVERTED, called), abs=0.01)
    assert expected.counted.precision == pytest.approx(CONVERTED[called].mean(), abs=0.015)
    assert expected.counted.recall == pytest.approx(called[CONVERTED == 1].mean(), abs=0.015)
    assert expected.auc == pytest.approx(roc_auc_score(CONVERTED, PROBABILITY), abs=0.01)
    assert expected.base_rate == pytest.approx(CONVERTED.mean(), abs=0.005)


def test_other_leads_are_seen_without_a_label() -> None:
    doubtful = (PROBABILITY > 0.05) & (PROBABILITY < 0.4)
    expected = present(PROBABILITY[doubtful])
    assert expected.auc == pytest.approx(roc_auc_score(CONVERTED[doubtful], PROBABILITY[doubtful]), abs=0.02)
    assert expected.auc < present(PROBABILITY).auc - 0.1


def test_ties_count_half() -> None:
    assert auc(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == 0.5
    assert auc(np.array([0.0, 2.0]), np.array([3.0, 0.0])) == 1.0


def test_what_was_realised_is_counted() -> None:
    counted = Realised(leads=100, won=10, predicted=12.0, called=8, called_won=6).counted
    assert (counted.precision, counted.recall, counted.f1) == (6 / 8, 6 / 10, 12 / 18)


def test_nobody_called_and_nobody_won_are_no_errors() -> None:
    nobody = Counted(0, 0, 0)
    assert (nobody.precision, nobody.recall, nobody.f1, nobody.f1_error) == (0, 0, 0, 0)
    none = np.array([], np.int64)
    empty = Present(none, none > 0, none, none.astype(float))
    assert (empty.n_leads, empty.base_rate, empty.auc) == (0, 0, 0)


def test_the_standard_errors_are_those_of_draws() -> None:
    def drawn() -> tuple[float, float]:
        rows = DRAW.integers(0, len(CONVERTED), 2000)
        return f1_score(CONVERTED[rows], PROBABILITY[rows] >= CUTOFF), roc_auc_score(CONVERTED[rows], PROBABILITY[rows])

    f1, area = np.std([drawn() for _ in range(200)], axis=0)
    called = PROBABILITY >= CUTOFF
    share = 2000 / len(CONVERTED)
    cells = [(CONVERTED & called).sum(), (~CONVERTED.astype(bool) & called).sum(), (CONVERTED & ~called).sum()]
    assert Counted(*(cell * share for cell in cells)).f1_error == pytest.approx(f1, rel=0.2)
    won = CONVERTED.mean() * 2000
    assert area < auc_error(roc_auc_score(CONVERTED, PROBABILITY), won, 2000 - won)


def test_what_the_model_had_out_of_fold_moves_with_the_base_rate_alone() -> None:
    curve = Curve.of(PROBABILITY, CONVERTED)
    assert trained_auc(curve) == pytest.approx(roc_auc_score(CONVERTED, PROBABILITY), abs=0.002)
    assert trained_f1(curve, curve.base_rate, CUTOFF) == pytest.approx(
        f1_score(CONVERTED, PROBABILITY >= CUTOFF), abs=0.01
    )
    assert trained_f1(curve, 0.02, CUTOFF) < trained_f1(curve, 0.13, CUTOFF) < trained_f1(curve, 0.4, CUTOFF)
