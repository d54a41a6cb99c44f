"""Sums of decision trees in LightGBM's text format, whoever grew them: one file, one prediction path, exact SHAP."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from leadscore.models.members.member import Family, Floats, Matrix
from leadscore.models.members.tree import Tree, model_text, read_trees
from leadscore.models.tree_shap import Forest

if TYPE_CHECKING:
    import lightgbm


@dataclass(frozen=True)
class Trees:
    """A member whose log-odds are a sum over trees."""

    family: str
    booster: "lightgbm.Booster"

    @property
    def trees(self) -> int:
        return int(self.booster.num_trees())

    def log_odds(self, matrix: Matrix, *, threads: int | None = None) -> Floats:
        return np.asarray(self.booster.predict(matrix, raw_score=True, num_threads=threads or 0), np.float64)

    def to_bytes(self) -> bytes:
        return re.sub(r"\[num_threads: \d+\]", "[num_threads: 0]", self.booster.model_to_string()).encode()

    def explain(self, rows: Sequence[int], weight: float) -> Forest:
        return explain(self.booster.model_to_string(), rows, weight)

    @classmethod
    def from_bytes(cls, family: str, data: bytes) -> Self:
        """Raises ValueError where ``data`` is no LightGBM text."""
        import lightgbm

        try:
            return cls(family, lightgbm.Booster(model_str=data.decode()))
        except lightgbm.basic.LightGBMError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def of(cls, family: str, trees: Sequence[Tree], columns: int) -> Self:
        """The sum of ``trees`` that split on the first ``columns`` columns."""
        return cls.from_bytes(family, model_text(trees, columns).encode())


class TreeFamily(Family):
    """A family whose members are `Trees`."""

    suffix = ".txt"

    def from_bytes(self, data: bytes) -> Trees:
        return Trees.from_bytes(self.name, data)

    def explain(self, data: bytes, rows: Sequence[int], weight: float) -> Forest:
        return explain(data.decode(), rows, weight)


def explain(text: str, rows: Sequence[int], weight: float) -> Forest:
    """The trees in a ``text``, times ``weight``, ready to explain."""
    return Forest.of(list(read_trees(text)), weight, rows, strict=False)
