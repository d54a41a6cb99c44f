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
    """The log loss (n,) of each lead, after Platt scaling within its ``fold`` (n,)."""
    found = np.empty(len(log_odds))
    for number in np.unique(fold):
        rows = fold == number
        line = Calibration.fit(log_odds[rows], converted[rows])
        found[rows] = losses(line.log_odds(log_odds[rows]), converted[rows])
    return found
