"""One figure of a night, held against its limit."""

import math
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Measure:
    """A row of ``monitoring``. ``feature`` is empty for what is of the model as a whole.

    Where there is no ``value`` the ``reason`` says why; beside one it says what to bear in mind. Without a ``limit``
    it is only told.
    """

    name: str
    feature: str
    value: float | None
    limit: float | None = None
    breached: bool = False
    reason: str | None = None

    @property
    def excess(self) -> float:
        """How many times its limit it is, or its limit is it, whatever is more; 0 where either is missing."""
        if not self.value or not self.limit:
            return math.inf if self.breached else 0.0
        return max(self.value / self.limit, self.limit / self.value)

    def __str__(self) -> str:
        """In words: "psi of customer_country 0.54 (limit 0.23)"."""
        of = f" of {self.feature}" if self.feature else ""
        value = "not judged" if self.value is None else f"{self.value:.3g}"
        limit = "" if self.limit is None else f" (limit {self.limit:.3g})"
        return f"{self.name.replace('_', ' ')}{of} {value}{limit}"

    @classmethod
    def below(cls, name: str, value: float, limit: float, feature: str = "") -> Self:
        """One that should not be above its limit."""
        return cls(name, feature, float(value), limit, bool(value > limit))

    @classmethod
    def above(cls, name: str, value: float, limit: float) -> Self:
        """One that should not be below its limit."""
        limit = max(float(limit), 0.0)
        return cls(name, "", float(value), limit, bool(value < limit))

    @classmethod
    def near_one(cls, name: str, ratio: float, limit: float) -> Self:
        """A ratio that should be neither above its limit nor below one over it."""
        return cls(name, "", ratio, limit, not 1 / limit <= ratio <= limit)

    @classmethod
    def untold(cls, name: str, reason: str, feature: str = "") -> Self:
        """One that cannot be judged."""
        return cls(name, feature, None, reason=reason)
