"""The probability from which a lead counts as one that will convert."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.models.metrics import tie_ends


class Cutoff(BaseModel):
    """``will_convert`` is probability >= ``value``. ``f1`` is what the cutoff reached where it was chosen."""

    model_config = ConfigDict(frozen=True)

    value: float
    f1: float


def f1_cutoff(probability: NDArray[np.float64], converted: NDArray[np.int64]) -> Cutoff:
    """The out-of-fold ``probability`` (n,) that maximises F1; of equally good ones the highest."""
    rank = np.argsort(-probability, kind="stable")
    ends = tie_ends(probability[rank])
    hits = np.cumsum(converted[rank])[ends]
    f1 = 2 * hits / (ends + 1 + converted.sum())
    best = int(np.argmax(f1))
    return Cutoff(value=float(probability[rank][ends[best]]), f1=float(f1[best]))
