"""What a text model is made of, as far as the write-up leaves it open."""

from collections.abc import Sequence
from dataclasses import dataclass

from leadscore.text_model.augmentation import COPIES
from leadscore.text_model.encoder import Encoder, Size, pretrained, untrained
from leadscore.text_model.training import Plan

SCRATCH = "scratch"  # in place of a checkpoint: a small encoder that knows nothing yet
DROPPED = 5
SIZE = Size()
CAREFUL, QUICK = Plan(learning_rate=2e-5), Plan(learning_rate=5e-4)


@dataclass(frozen=True, kw_only=True)
class Options:
    """``checkpoint`` is a folder, a name at the hub, or SCRATCH; ``max_length`` is in tokens.

    The plans are for a pretrained encoder, which should not forget what it knows, and for a new one, which has to learn
    all. ``dropped`` columns are not told; each conversion is copied ``copies`` times.
    """

    checkpoint: str
    max_length: int = 256
    size: Size = SIZE
    pretrained: Plan = CAREFUL
    scratch: Plan = QUICK
    dropped: int = DROPPED
    copies: int = COPIES

    @property
    def plan(self) -> Plan:
        return self.scratch if self.checkpoint == SCRATCH else self.pretrained

    def encoder(self, texts: Sequence[str]) -> Encoder:
        """One that has not learned of leads yet, though a new one's vocabulary is of the ``texts``."""
        if self.checkpoint == SCRATCH:
            return untrained(texts, self.size, self.max_length)
        return pretrained(self.checkpoint, self.max_length)
