"""How write-ups judged themselves: encoders that know every outcome, resampling before the split, a random holdout.

Nothing here is how leads should be judged: see docs/recipes.md for what it does to the figures.
"""

from collections.abc import Callable

import numpy as np

from leadscore.features.encoders import Encoding
from leadscore.models.imbalance import resampled
from leadscore.models.members.member import Floats, Labels, Matrix, Sample
from leadscore.models.recipe import TrainingSet

Learner = Callable[[Sample, Matrix], Floats]


def judged_as_published(
    encoding: Encoding, known: TrainingSet, vote: Learner, *, treatment: str, share: float, seed: int
) -> tuple[Labels, Floats]:
    """Outcomes (m,) and probabilities (m,) of a random ``share`` of the leads.

    The encoder learns from all leads, and gives those that train the rates that know their own outcomes; then all are
    treated, and only then parted. ``vote`` learns from a sample and scores a matrix.
    """
    from sklearn.model_selection import train_test_split

    encoder, _ = encoding.learn(known.leads, known.converted.astype(np.float64), seed)
    every = Sample(encoder.transform(known.leads), known.converted)
    (every,) = resampled(treatment, every, coded=(), seed=seed)
    train, judged = train_test_split(
        np.arange(len(every.converted)), test_size=share, stratify=every.converted, random_state=seed
    )
    probability = vote(Sample(every.matrix[train], every.converted[train]), every.matrix[judged])
    return every.converted[judged], probability
