"""The seconds that a retrain may take."""

import time
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Budget:
    """So many ``seconds`` from now on, or as many as it takes."""

    seconds: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def spent(self) -> float:
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left: below 0 once they are spent."""
        return float("inf") if self.seconds is None else self.seconds - self.spent
