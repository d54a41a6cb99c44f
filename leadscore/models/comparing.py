"""Which of several predictions of the same unseen leads is better.

Candidates are compared by their refined log loss: the log loss after Platt scaling on each fold itself. The level and
the scale of log-odds are calibrated last anyway (refine, then calibrate: Berta, Holzmüller, Jordan and Bach 2025,
arXiv:2501.19195), and over spells of a moving base rate the plain log loss would mostly tell who guessed the level.
"""

import numpy as np

from leadscore.models.calibration import Calibration, losses
from leadscore.models.members.member import Floats, Labels
from leadscore.models.split import Rows


def refined_losses(log_odds: Floats, converted: Labels, fold: Rows) -> Floats:
    """The mean log loss by fold (k,) of leads (n,), after Platt scaling within their ``fold`` (n,)."""

    def judged(number: int) -> float:
        rows = fold == number
        line = Calibration.fit(log_odds[rows], converted[rows])
        return float(losses(line.log_odds(log_odds[rows]), converted[rows]).mean())

    return np.array([judged(number) for number in np.unique(fold)])
