"""What each feature adds to a lead's log-odds: exact SHAP values of weighted boosters.

The values are path-dependent TreeSHAP (Lundberg et al., "From local explanations to global understanding with
explainable AI for trees", 2020, algorithm 2), as LightGBM's ``pred_contrib`` and XGBoost's ``pred_contribs`` return
them, computed by WOODELF (Nadel and Wettenstein, "From Decision Trees to Boolean Logic", 2025), which is many times
as fast on large chunks.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # importing them takes a second
    import lightgbm
    import xgboost

    Booster = lightgbm.Booster | xgboost.Booster

Matrix = NDArray[np.float64]


class Explainer:
    """Explains the sum over ``boosters`` of weight x margin. The boosters are parsed once, at the first call.

    All their trees count: a booster that predicts with its best iteration only must be cut to it before.
    ``names`` (k,) are the names of the columns that they were trained on.
    """

    def __init__(self, boosters: Sequence["Booster"], weights: Sequence[float], names: Sequence[str]) -> None:
        from woodelf import WoodelfExplainer  # takes a second to import

        self._explainers = [WoodelfExplainer(booster) for booster in boosters]
        self._strict = [type(booster).__module__.startswith("xgboost") for booster in boosters]
        self._weights = tuple(weights)
        self._names = list(names)

    def contributions(self, matrix: Matrix) -> Matrix:
        """The effects (n, k) in log-odds of the rows of ``matrix`` (n, k), float64 with values of float32.

        In every row they sum to the weighted margin less one constant, to about 1e-5.
        """
        import pandas as pd

        total = np.zeros(matrix.shape)
        for explainer, weight, strict in zip(self._explainers, self._weights, self._strict, strict=True):
            values = just_below(matrix) if strict else matrix
            frame = pd.DataFrame(values, columns=self._names, copy=False)  # woodelf's wrapper around the same memory
            total += weight * explainer.shap_values(frame, verbose=False)
        return total


def just_below(matrix: Matrix) -> Matrix:
    """The next lower float64 of each value, which sends values of float32 where XGBoost sends them.

    XGBoost goes left if x < t. Woodelf lowers t by one step of float32, which is right for values that are not yet
    rounded to float32, and wrong for an x that is: the x one step below t would go right. x < t is the same as
    "just below x" < t lowered.
    """
    return np.nextafter(matrix, -np.inf)
