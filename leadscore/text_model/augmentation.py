"""More conversions to learn from: copies of them, in which values at random are missing.

Easy data augmentation (Wei and Zou 2019) with one operation, on training conversions alone. It moves the base rate of
what is learned from, and thereby all log-odds by a constant, which `level` tells and the model takes off.
"""

import numpy as np
import polars as pl
from scipy.special import logit

from leadscore.models.members.member import Labels
from leadscore.text_model.sentences import MISSING

COPIES = 8
BLANKED = 0.2  # of the values of a copy


def augmented(cells: pl.DataFrame, converted: Labels, seed: int, copies: int = COPIES) -> tuple[pl.DataFrame, Labels]:
    """The leads (n, c), and after them ``copies`` of each that converted (m, c), with their outcomes (n + m,)."""
    won = pl.concat([cells.clear(), *[cells.filter(pl.Series(converted == 1))] * copies])
    blank = np.random.default_rng(seed).random(won.shape) < BLANKED
    made = won.with_columns(
        pl.when(pl.Series(blank[:, place])).then(pl.lit(MISSING)).otherwise(name).alias(name)
        for place, name in enumerate(won.columns)
    )
    return pl.concat([cells, made]), np.concatenate([converted, np.ones(made.height, np.int64)])


def level(converted: Labels, learned: Labels) -> float:
    """What log-odds are too high by, of leads ``converted`` (n,) like this, if ``learned`` (m,) was learned from.

    log-odds(p) = log-odds(p') - log-odds(b') + log-odds(b), of probabilities p' that were learned at the base rate b'
    where it is b (Elkan 2001, theorem 2; Saerens, Latinne and Decaestecker 2002, equation 4).
    """
    return float(logit(learned.mean()) - logit(converted.mean()))
