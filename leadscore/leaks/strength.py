"""How well a column alone tells the outcome, against all the others together.

Both are ROC AUCs of scores that were cross-fitted: the rate of a value is learned from other leads than it is judged
on, so a column of ids is not strong for knowing each lead by name. That a cell is missing counts as information.

Leaks and honest strong columns differ in degree, not in kind. On the first four fifths of `bank` the leak, the
duration of the call, has an AUC of 0.88 against 0.68 for the nineteen others together, and no honest column more than
0.65; the strongest of the example leads has 0.69 against 0.83. So: 0.95 alone is a leak; from 0.9 on a column is one if
many others are together far behind it, from 0.8 on if these others do tell something. What is ahead of the others, but
not so far, or of few others, is told only. An honest column as strong as that beside many weak ones is left out, too:
it is told, and a model with a leak would be worth nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from leadscore.leaks.codes import MISSING, Coded, Codes
from leadscore.leaks.findings import IF_LATE, Finding

MOST_LEADS = 20_000  # more change an AUC by less than 0.005
PERFECT = 0.95  # AUC: no honest column of a lead says that much
STRONG = 0.8  # AUC from which on a column is held against the others
SUSPECT = 0.9  # AUC from which on it need not be others that tell something
FAR, AHEAD = 0.12, 0.03  # how much better than all others together: a leak, or worth telling
TELLING, MIN_OTHERS = 0.53, 5  # AUC of a column that says something, and how many such it takes to compare with
NEAR = 0.9  # rank correlation, of two numbers or of two columns' scores, from which on both say the same
ROW_ORDER = 0.6  # AUC of the position in the table from which on its order is told
ALONE = "it alone ranks the converted lead higher in {:.1%} of all pairs of a converted and a lost one"  # ROC AUC
BINS = 64
FOLDS = 5
PRIOR = 10.0  # leads of the average rate that are added to each value
ROUNDS = 40
LIGHTGBM = {
    "objective": "binary",
    "learning_rate": 0.15,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "num_threads": 1,  # two threads that wait for each other are slower on a busy machine
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}

Labels = NDArray[np.int64]
Scores = NDArray[np.float64]


def sample(converted: Labels, seed: int) -> NDArray[np.int64]:
    """Up to 20,000 rows, ascending; as many converted ones as can be up to half: AUC does not depend on their share."""
    rng = np.random.default_rng(seed)
    if len(converted) <= MOST_LEADS:
        return np.arange(len(converted))
    rare, other = sorted((np.flatnonzero(converted == label) for label in (0, 1)), key=len)
    taken = rng.permutation(rare)[: MOST_LEADS // 2]
    rest = rng.permutation(other)[: MOST_LEADS - len(taken)]
    return np.sort(np.concatenate([taken, rest]))


@dataclass(frozen=True)
class Trial:
    """The sampled ``columns`` (n,), each with its cross-fitted scores (n,) and the AUC of these, and the folds (n,)."""

    columns: Sequence[Coded]
    converted: Labels
    fold: NDArray[np.int64]
    scores: dict[str, Scores]
    strength: dict[str, float]

    @classmethod
    def of(cls, columns: Sequence[Coded], converted: Labels, seed: int) -> Self:
        """Judge each column alone."""
        fold = np.random.default_rng(seed).permutation(len(converted)) % FOLDS
        scores = {column.name: alone(column, converted, fold) for column in columns}
        return cls(columns, converted, fold, scores, {name: auc(converted, each) for name, each in scores.items()})

    def others(self, name: str) -> list[Coded]:
        """The columns that ``name`` is held against: neither perfect nor saying the same."""
        own = next(column for column in self.columns if column.name == name)
        candidates = (column for column in self.columns if column is not own)
        return [c for c in candidates if self.strength[c.name] < PERFECT and not self._say_the_same(own, c)]

    def _say_the_same(self, first: Coded, second: Coded) -> bool:
        alike = abs(rank_correlation(self.scores[first.name], self.scores[second.name]))
        if not (first.is_text or second.is_text):
            both = first.filled & second.filled
            alike = max(alike, abs(rank_correlation(first.codes[both], second.codes[both])))
        return alike >= NEAR


def too_good(columns: Sequence[Coded], converted: Labels, seed: int) -> list[Finding]:
    """The columns that alone tell the outcome better than what is known of a lead can be expected to."""
    trial = Trial.of(columns, converted, seed)
    found = (
        _perfect(name, value) if value >= PERFECT else _compared(name, value, trial, seed)
        for name, value in trial.strength.items()
        if value >= STRONG
    )
    return [finding for finding in found if finding]


def _perfect(name: str, value: float) -> Finding:
    return Finding(column=name, check="too good alone", figure=f"{ALONE.format(value)}.", leak=True)


def _compared(name: str, value: float, trial: Trial, seed: int) -> Finding | None:
    others = trial.others(name)
    together = auc(trial.converted, jointly(others, trial, seed)) if others else 0.5
    lead = value - together
    if lead < AHEAD:
        return None
    held_against = len(others) if value >= SUSPECT else sum(trial.strength[other.name] >= TELLING for other in others)
    leak = lead >= FAR and held_against >= MIN_OTHERS
    advice = "" if leak else f" {IF_LATE}"
    figure = f"{ALONE.format(value)}; the {len(others)} others together do in {together:.1%}.{advice}"
    return Finding(column=name, check="too good alone", figure=figure, leak=leak)


def alone(column: Coded, converted: Labels, fold: Codes) -> Scores:
    """How far the conversion rate of each lead's value, learned from the other folds, is above their average."""
    values = column.codes if column.is_text else binned(column.codes)
    size = int(values.max(initial=0)) + 1
    scores = np.empty(len(values))
    for k in range(FOLDS):
        learned = fold != k
        average = converted[learned].mean()
        n = np.bincount(values[learned], minlength=size)
        n_converted = np.bincount(values[learned], converted[learned], minlength=size)
        rate = (n_converted + PRIOR * average) / (n + PRIOR)
        scores[~learned] = rate[values[~learned]] - average
    return scores


def binned(codes: Codes) -> Codes:
    """Ordered codes in at most `BINS` bins of about equal size, missing ones apart; a frequent value is its own bin."""
    filled = codes[codes != MISSING]
    if not len(filled):
        return codes
    edges = np.unique(np.quantile(filled, np.linspace(0, 1, BINS + 1)[1:-1], method="inverted_cdf"))
    return np.where(codes == MISSING, MISSING, 1 + np.searchsorted(edges, codes, side="left"))


def jointly(columns: Sequence[Coded], trial: Trial, seed: int) -> Scores:
    """Cross-fitted scores (n,) of a small booster on all ``columns``: text by its rate, numbers by their order."""
    import lightgbm

    matrix = np.column_stack([trial.scores[c.name] if c.is_text else _ordered(c) for c in columns])
    params = LIGHTGBM | {"seed": seed}
    joint = np.empty(len(matrix))
    for k in range(FOLDS):
        learned = trial.fold != k
        data = lightgbm.Dataset(matrix[learned], trial.converted[learned], params=params)
        joint[~learned] = lightgbm.train(params, data, ROUNDS).predict(matrix[~learned], num_threads=1)
    return joint


def _ordered(column: Coded) -> Scores:
    return np.where(column.filled, column.codes, np.nan)


def auc(converted: Labels, scores: Scores) -> float:
    """Chance that a converted lead has the higher score (Mann and Whitney 1947); 0.5 where all are of one outcome."""
    from scipy.stats import mannwhitneyu

    won, lost = scores[converted == 1], scores[converted == 0]
    if not len(won) or not len(lost):
        return 0.5
    return float(mannwhitneyu(won, lost, method="asymptotic").statistic) / (len(won) * len(lost))


def rank_correlation(first: Scores | Codes, second: Scores | Codes) -> float:
    """Spearman's; 0 where one is constant."""
    from scipy.stats import spearmanr

    if len(np.unique(first)) < 2 or len(np.unique(second)) < 2:
        return 0.0
    return float(spearmanr(first, second).statistic)


def row_order(converted: Labels, seed: int) -> list[Finding]:
    """That the position in a table without times tells the outcome."""
    position = np.arange(1, len(converted) + 1)
    column = Coded("row order", False, position, position.astype(np.uint64))
    value = Trial.of([column], converted, seed).strength["row order"]
    if value < ROW_ORDER:
        return []
    figure = (
        f"their place in the table tells the converted lead from the lost one in {value:.1%} of all such pairs, "
        "so the table is sorted, by time or by the outcome."
    )
    return [Finding(column="order of the rows", check="row order", figure=figure)]
