"""Logistic regression: the floor that every other member must beat, and an additive model, so easily explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.linear import LinearView
from leadscore.models.members.member import Family, Floats, Matrix, Params, Sample, Setup
from leadscore.models.shap import Effects, Explained

if TYPE_CHECKING:
    import optuna

MAX_LEVELS = 50  # the commonest codes of a column that have a coefficient
MIN_LEADS = 10  # that a code needs for one
ITERATIONS = 2000


class Logistic(BaseModel):
    """A sum over the columns of the matrix: ``intercept`` + effect of column 1 + ... + effect of column k.

    The effect of a number is slope x standardised value + gap x (whether it is missing - the share that is); of a
    code it is read from the column's table, whose last entry is of all codes without a coefficient. The mean effect
    on the training leads is 0. Each tuple has k entries.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    family: str = "logistic"
    trees: int = 0
    view: LinearView
    slope: tuple[float, ...]
    gap: tuple[float, ...]
    missing: tuple[float, ...]
    tables: dict[int, tuple[float, ...]]
    intercept: float

    def effects(self, matrix: Matrix) -> Matrix:
        """What each column adds, (n, k): the SHAP values of a linear model (Lundberg and Lee 2017, corollary 1)."""
        effects: Matrix = self.view.transform(matrix) * np.array(self.slope)
        effects += (np.isnan(matrix) - np.array(self.missing)) * np.array(self.gap)
        for column, table in self.tables.items():
            effects[:, column] = np.array(table)[places(matrix[:, column], len(table))]
        return effects

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        total = np.full(len(matrix), self.intercept)
        for column in self.effects(matrix).T:  # one after the other: the order does not depend on the number of rows
            total += column
        return total

    def to_bytes(self) -> bytes:
        return self.model_dump_json().encode()

    def explain(self, rows: Sequence[int], weight: float) -> Explained:
        return Additive(self, rows, weight)


@dataclass(frozen=True)
class Additive:
    """The effects of a logistic regression, times ``weight``."""

    member: Logistic
    rows: Sequence[int]
    weight: float

    @property
    def constant(self) -> float:
        return self.weight * self.member.intercept

    def add_to(self, effects: Effects, matrix: Matrix) -> None:
        for row, column in zip(self.rows, self.member.effects(matrix).T, strict=True):
            effects[row] += self.weight * column


class LogisticRegression(Family):
    """L2-penalised, on standardised numbers, whether they are missing, and the commonest codes one-hot."""

    name = "logistic"
    suffix = ".json"
    defaults: ClassVar[Params] = {"C": 0.1}

    def suggest(self, trial: "optuna.Trial") -> Params:
        return {"C": trial.suggest_float("C", 1e-4, 10.0, log=True)}

    def fit(self, sample: Sample, setup: Setup) -> Logistic:
        from scipy import sparse
        from sklearn import linear_model

        matrix = sample.matrix
        view, missing = LinearView.learn(matrix), np.isnan(matrix)
        columns = np.arange(matrix.shape[1])
        numbers = columns[~np.isin(columns, setup.coded)]
        gaps = numbers[missing[:, numbers].any(axis=0)]
        levels = {column: common(matrix[:, column]) for column in setup.coded}
        hot = [matrix[:, [column]] == codes for column, codes in levels.items()]
        blocks = [view.transform(matrix)[:, numbers], missing[:, gaps], *hot]
        design = sparse.hstack([sparse.csr_array(block, dtype=np.float64) for block in blocks], format="csr")
        model = linear_model.LogisticRegression(**self.defaults | setup.params, max_iter=ITERATIONS)
        model.fit(design, sample.converted, sample_weight=sample.weight)
        parts = np.split(model.coef_[0], np.cumsum([block.shape[1] for block in blocks])[:-1])

        slope, gap = np.zeros((2, len(columns)))
        slope[numbers], gap[gaps] = parts[:2]
        tables = {column: table(codes, part) for (column, codes), part in zip(levels.items(), parts[2:], strict=True)}
        means = {column: each[places(matrix[:, column], len(each))].mean() for column, each in tables.items()}
        share = missing.mean(axis=0)
        return Logistic(
            view=view,
            slope=tuple(slope.tolist()),
            gap=tuple(gap.tolist()),
            missing=tuple(share.tolist()),
            tables={column: tuple((each - means[column]).tolist()) for column, each in tables.items()},
            intercept=float(model.intercept_[0] + gap @ share + sum(means.values())),
        )

    def from_bytes(self, data: bytes) -> Logistic:
        return Logistic.model_validate_json(data)


def common(codes: Floats) -> Floats:
    """The commonest codes of a column (n,), at most MAX_LEVELS, each of MIN_LEADS leads or more."""
    values, counts = np.unique(np.nan_to_num(codes), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
    found: Floats = values[order][counts[order] >= MIN_LEADS]
    return found


def table(codes: Floats, coefficients: Floats) -> Floats:
    """The coefficient of every code up to the highest of ``codes`` (c,), and at the end 0, for all others."""
    found = np.zeros(int(codes.max(initial=-1)) + 2)
    found[codes.astype(np.int64)] = coefficients
    return found


def places(codes: Floats, size: int) -> NDArray[np.int64]:
    """Where the ``codes`` (n,) stand in a table of this ``size``. NaN counts as MISSING, code 0."""
    return np.minimum(np.nan_to_num(codes), size - 1).astype(np.int64)
