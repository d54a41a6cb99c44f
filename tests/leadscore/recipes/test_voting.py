import numpy as np
import pytest
from scipy.special import expit, logit

from leadscore.models.cutoff import Youden
from leadscore.recipes.voting import Candidate, Choice, alone, best_f1_cutoff, cutoff_of, f1_at, soft_vote, stacked

CONVERTED = np.array([0, 0, 0, 1, 0, 1, 1, 0])
PROBABILITY = np.array([0.1, 0.2, 0.3, 0.35, 0.4, 0.6, 0.8, 0.9])


def test_youdens_cutoff_of_a_roc_by_hand() -> None:
    """From 0.35 on: recall 3 of 3, false positives 2 of 5, J 0.6; from 0.6 on: 2 of 3 and 1 of 5, J 0.47."""
    assert cutoff_of(Youden(policy="youden"), PROBABILITY, CONVERTED) == 0.35
    assert cutoff_of(0.12, PROBABILITY, CONVERTED) == 0.12, "what a write-up set stays"


def test_the_best_f1_by_hand() -> None:
    """From 0.35 on 3 of 5 called convert, and all are called: 2 * 3 / (5 + 3)."""
    assert best_f1_cutoff(CONVERTED, PROBABILITY) == 0.35
    assert f1_at(CONVERTED, PROBABILITY, 0.35) == pytest.approx(0.75)
    assert f1_at(CONVERTED, PROBABILITY, 0.95) == 0.0


def test_a_soft_vote_is_the_weighted_mean_of_probabilities() -> None:
    log_odds = logit(np.array([[0.2, 0.5, 0.8]]))
    assert soft_vote(["lightgbm", "xgboost", "catboost"], {"xgboost": 2.0, "catboost": 2.0})(log_odds) == pytest.approx(
        (0.2 + 2 * 0.5 + 2 * 0.8) / 5
    )


def test_the_candidate_with_the_best_f1_at_its_own_cutoff_is_taken() -> None:
    noise = np.array([0.9, 0.1, 0.8, 0.2, 0.7, 0.3, 0.4, 0.6])
    candidates = {"noise": Candidate(noise, np.asarray), "good": Candidate(PROBABILITY, np.asarray)}
    choice = Choice.of(candidates, CONVERTED, Youden(policy="youden"))
    assert choice.best == "good"
    assert choice.cutoffs["good"] == 0.35
    assert choice.told.startswith("Chosen by F1 out of fold: good, of noise 0.")


def test_stacking_finds_the_member_that_knows_and_each_stands_alone() -> None:
    rng = np.random.default_rng(0)
    log_odds = rng.normal(size=(2000, 2))
    converted = (rng.random(2000) < expit(2 * log_odds[:, 1] - 1)).astype(np.int64)
    found = stacked(log_odds, converted, np.arange(2000) % 3)
    ends = found.weigh(np.array([[0.0, -1.0], [0.0, 1.0]]))
    assert ends == pytest.approx(expit(np.array([-3.0, 1.0])), abs=0.05)
    assert alone(log_odds, 1).out_of_fold == pytest.approx(expit(log_odds[:, 1]))
