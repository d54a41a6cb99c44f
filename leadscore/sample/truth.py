"""What makes a lead of the example convert: the exact probability given what its columns show.

The log-odds add up the effects of the shown values, curves of the counts and a few pairs of facts, so that
trees have something to find that a straight line has not. Scale and level are set for each world, so that
even the true probabilities reach a best F1 of `BEST_F1` only, and a known share converts.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.metrics import log_loss, precision_recall_curve

from leadscore.sample.accounts import BUCKET, CATCH_ALL
from leadscore.sample.draws import Codes, draw_codes
from leadscore.sample.spellings import FloatArray, IntArray
from leadscore.sample.world import World, make_world

BEST_F1 = 0.565
POSITIVE_SHARE = 0.068  # outside of the bucket, which brings the whole to about 8%
CATCH_ALL_FACTOR = 0.119  # 0.9% instead of the 7.7% of proper accounts
SAMPLE_ROWS = 40_000
SAMPLE_TIME = 0.9  # in the latest fifth, which is what `BEST_F1` is about


@dataclass(frozen=True)
class Truth:
    """The law of a world: P(convert) = expit(scale * score + level), but for the ids that are no accounts."""

    world: World
    scale: float
    level: float

    def probability(self, codes: Codes) -> FloatArray:
        """Return P(convert | what the columns show) [rows]."""
        return _probability(_scores(self.world, codes), codes["account"], self.scale, self.level)


def make_truth(seed: int) -> Truth:
    """Draw the world of this seed and set its scale and level on a sample of its leads."""
    world = make_world(seed)
    codes = draw_codes(world, np.random.default_rng([seed, 1]), 10**6, np.full(SAMPLE_ROWS, SAMPLE_TIME))
    scores, account = _scores(world, codes), codes["account"]

    def level_at(scale: float) -> float:
        return float(
            brentq(
                lambda level: _probability(scores, account, scale, level).mean() - POSITIVE_SHARE,
                -30,
                5,
                xtol=1e-3,
            )
        )

    def f1_gap(scale: float) -> float:
        return expected_best_f1(_probability(scores, account, scale, level_at(scale))) - BEST_F1

    scale = float(brentq(f1_gap, 0.5, 4.0, xtol=1e-3))
    return Truth(world, scale, level_at(scale))


def best_possible(y: IntArray, p: FloatArray) -> tuple[float, float]:
    """Return the best F1 over all cutoffs on `p` and the log loss of `p`, clipped at 1e-6 from 0 and 1.

    `y` [rows] are the outcomes, 0 or 1, and `p` [rows] the true probabilities; only luck does better.
    """
    precision, recall, _ = precision_recall_curve(y, p)
    best_f1 = float(np.max(2 * precision * recall / np.maximum(precision + recall, 1e-12)))
    return best_f1, float(log_loss(y, np.clip(p, 1e-6, 1 - 1e-6), labels=[0, 1]))


def expected_best_f1(p: FloatArray) -> float:
    """Return the best F1 to expect at the probabilities `p` [rows], by expected counts at each cutoff."""
    found = np.cumsum(np.sort(p)[::-1])
    return float(np.max(2 * found / (np.arange(1, len(p) + 1) + found[-1])))


def thinned(p: FloatArray, keep: float) -> FloatArray:
    """Return P(convert) where a share `keep` of the negatives is let through: a pure shift of the prior."""
    return p / (p + (1 - p) * keep)


def _probability(scores: FloatArray, account: IntArray, scale: float, level: float) -> FloatArray:
    p = expit(scale * scores + level)
    return np.select([account == CATCH_ALL, account == BUCKET], [CATCH_ALL_FACTOR * p, 1.0], default=p)


def _scores(world: World, codes: Codes) -> FloatArray:
    """The log-odds [rows] before scale and level."""
    values = np.sum([effects[codes[field]] for field, effects in world.effects.items()], axis=0, dtype=np.float64)
    flags = 0.5 * codes["id_strategic_ver"] + 0.7 * codes["it_strategic_ver"] + 0.5 * codes["ver_cus"]
    sellers = world.owners.effects[codes["owner"]]
    return np.asarray(values + flags + sellers + _curves(codes) + _pairs(world, codes), np.float64)


def _curves(codes: Codes) -> FloatArray:
    length, history = codes["length"], codes["history"]
    middling = 0.9 * np.exp(-((np.log(length / 120) / 0.7) ** 2)) - 0.4
    by_length = np.select([length == 3, length == 14], [2.5, -2.5], default=middling)
    by_history = np.where(history < 0, -0.2, 0.3 * np.log1p(np.maximum(history, 0)) - 0.5)
    by_bant = np.array([-1.4, -0.7, 0.0, 0.8, 1.8])[codes["bant"]]
    return np.asarray(by_length + by_history + by_bant, np.float64)


def _pairs(world: World, codes: Codes) -> FloatArray:
    """Facts that mean more together than each on its own."""

    def shows(field: str, *names: str) -> FloatArray:
        return world.lexicons[field].is_one_of(codes[field], names).astype(np.float64)

    smb = shows("enterprise", "SMB")
    chief = shows("customer_position", "ceo/founder", "c-level executive", "partner")
    hurried = shows("expected_timeline", "less than 3 months")
    quotation = shows("inquiry_type", "Quotation or Purchase Consultation")
    return (
        chief * (1.2 * smb - 0.6)
        + 0.7 * hurried * (codes["length"] > 100)
        + 0.6 * quotation * shows("customer_type", "Channel Partner")
        + 0.9 * codes["ver_pro"] * shows("business_unit", "AS")
        - 0.7 * shows("business_unit", "ID") * shows("enterprise", "Enterprise") * (codes["bant"] <= 1)
    )
