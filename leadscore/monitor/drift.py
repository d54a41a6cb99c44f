"""How far two histograms are apart, and how far chance alone takes them.

Where histograms differ little, both distances are multiples of a chi-squared statistic: n and m leads from the same
distribution over k bins have a population stability index of about (1/n + 1/m) times a chi-squared variable of k - 1
degrees of freedom (B. Yurdakul, "Statistical properties of population stability index", Western Michigan University
2018), and a Jensen-Shannon divergence, in nats, of an eighth of that. So a limit is put on what a distance has beyond
what chance gives so many leads.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import jensenshannon
from scipy.special import chdtri, ndtri

from leadscore.models.prior_shift import SMOOTHING

CHANCE = 0.999  # of what comes by chance alone, so much stays below the limit

Array = NDArray[np.float64]


def psi(present: ArrayLike, trained: ArrayLike) -> float:
    """The population stability index of two histograms of counts (k,): 0 where their shares are equal, unbounded.

    It is the symmetrised Kullback-Leibler divergence (Jeffreys 1946), in nats.
    """
    p, q = shares(present), shares(trained)
    return float(((p - q) * np.log(p / q)).sum())


def js_distance(present: ArrayLike, trained: ArrayLike) -> float:
    """The Jensen-Shannon distance of two histograms of counts (k,): 0 where their shares are equal, 1 at most.

    The root of the divergence, to base 2 (J. Lin, IEEE Transactions on Information Theory 37, 1991), which is a metric
    (D. Endres and J. Schindelin 2003).
    """
    return float(jensenshannon(shares(present), shares(trained), base=2))


def psi_limit(limit: float, present: ArrayLike, trained: ArrayLike) -> float:
    """The ``limit`` on the index, with what chance adds."""
    return limit + _chance(present, trained)


def js_limit(limit: float, present: ArrayLike, trained: ArrayLike) -> float:
    """The ``limit`` on the distance, with what chance adds to its square."""
    return float(np.sqrt(limit**2 + _chance(present, trained) / (8 * np.log(2))))


def share_limit(limit: float, share: float, n: int, m: int) -> float:
    """What a share of ``n`` leads may be: ``limit`` more than a ``share`` of ``m``, and what chance adds.

    One lead is added to either outcome (Agresti and Caffo 2000), so that a share of 0 has some chance, too.
    """
    likely = (share * m + 1) / (m + 2)
    return min(share + limit + float(ndtri(CHANCE) * np.sqrt(likely * (1 - likely) * (1 / n + 1 / m))), 1.0)


def shares(counts: ArrayLike) -> Array:
    """The shares (k,) of ``counts`` (k,), none of them 0."""
    smooth = np.asarray(counts, np.float64) + SMOOTHING
    return np.asarray(smooth / smooth.sum())


def _chance(present: ArrayLike, trained: ArrayLike) -> float:
    n, m = np.asarray(present), np.asarray(trained)
    freedom = max(int(((n + m) > 0).sum()) - 1, 1)
    return float(chdtri(freedom, 1 - CHANCE) * (1 / n.sum() + 1 / m.sum()))
