"""The probability from which a lead counts as one that will convert."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import precision_recall_curve


class Cutoff(BaseModel):
    """``will_convert`` is probability >= ``value``. ``f1`` is what the cutoff reached where it was chosen."""

    model_config = ConfigDict(frozen=True)

    value: float
    f1: float


def f1_cutoff(probability: NDArray[np.float64], converted: NDArray[np.int64]) -> Cutoff:
    """The out-of-fold ``probability`` that maximises F1; of equally good ones the highest."""
    precision, recall, values = precision_recall_curve(converted, probability)
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(np.float64).tiny)
    best = len(values) - 1 - int(np.argmax(f1[-2::-1]))
    return Cutoff(value=float(values[best]), f1=float(f1[best]))
