"""Whether a model has shown, on leads it never saw, that it is worth using at all."""

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from sklearn.metrics import log_loss, roc_auc_score

from leadscore.models.metrics import bootstrap


class Verdict(BaseModel):
    """Whether to promote a model, and why in plain words."""

    model_config = ConfigDict(frozen=True)

    promote: bool
    reason: str


def judge(converted: NDArray[np.int64], probability: NDArray[np.float64], train_base_rate: float, seed: int) -> Verdict:
    """Promote a model only if it beats the base rate on the holdout (n,), beyond doubt.

    Both 95% bootstrap intervals must clear their mark: the log loss it saves over giving every lead the base rate
    of the training leads lies above 0, and the ROC AUC above 0.5.
    """

    def figures(y: NDArray[np.int64], p: NDArray[np.float64]) -> dict[str, float]:
        flat = np.full(len(y), train_base_rate)
        return {"gain": float(log_loss(y, flat) - log_loss(y, p)), "auc": float(roc_auc_score(y, p))}

    found = bootstrap(figures, converted, probability, seed=seed)
    gain, auc = found["gain"], found["auc"]
    held = f"on {len(converted):,} held-out leads with {int(converted.sum()):,} conversions"
    facts = (
        f"log loss gain over the base rate {gain}, which must lie above 0; "
        f"ROC AUC {auc}, which must lie above 0.5 ({held})"
    )
    if gain.low > 0 and auc.low > 0.5:
        return Verdict(promote=True, reason=f"Better than the base rate: {facts}.")
    return Verdict(promote=False, reason=f"Not shown to be better than the base rate: {facts}.")
