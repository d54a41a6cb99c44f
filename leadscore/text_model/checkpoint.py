"""What a training that was killed goes on from: one file in safetensors, weights and JSON, in which no code can be."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict
from safetensors import safe_open
from safetensors.torch import save_file

Tensors = dict[str, torch.Tensor]

PROGRESS = "progress"  # the key of the JSON


class Progress(BaseModel):
    """How far a training has come.

    ``trained`` and ``judged`` are the mean losses of the epochs that are done, on what was learned from and on unseen
    leads; ``batches`` and ``total`` are the steps of the present epoch and the sum of their losses. The state of a
    generator is not needed, since each step draws by its own number. ``spent`` says that there was no time for more.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trained: tuple[float, ...] = ()
    judged: tuple[float, ...] = ()
    batches: int = 0
    total: float = 0.0
    spent: bool = False


@dataclass(frozen=True)
class Checkpoint:
    """The ``progress`` with the ``weights``, those of the ``best`` epoch, and the ``moments`` of the optimizer."""

    progress: Progress
    weights: Tensors
    best: Tensors
    moments: Tensors

    def save(self, file: Path) -> None:
        """Write it as a whole or not at all."""
        parts = {"weights": self.weights, "best": self.best, "moments": self.moments}
        flat = {f"{part}/{name}": tensor.contiguous() for part, held in parts.items() for name, tensor in held.items()}
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished = file.with_suffix(".part")
        save_file(flat, unfinished, metadata={PROGRESS: self.progress.model_dump_json()})
        unfinished.replace(file)

    @classmethod
    def load(cls, file: Path) -> "Checkpoint":
        """What `save` wrote."""
        parts: dict[str, Tensors] = {"weights": {}, "best": {}, "moments": {}}
        with safe_open(file, framework="pt") as held:
            progress = Progress.model_validate_json(held.metadata()[PROGRESS])
            for key in held.keys():  # noqa: SIM118 (it is no dictionary)
                part, _, name = key.partition("/")
                parts[part][name] = held.get_tensor(key)
        return cls(progress, **parts)


def moments_of(optimizer: torch.optim.Optimizer) -> Tensors:
    """The state of an optimizer by "number of the parameter/name"."""
    state: dict[int, dict[str, torch.Tensor]] = optimizer.state_dict()["state"]
    return {f"{number}/{name}": tensor for number, held in state.items() for name, tensor in held.items()}


def put_moments(optimizer: torch.optim.Optimizer, moments: Tensors) -> None:
    """Give an ``optimizer`` of the same parameters the state that `moments_of` told."""
    state: dict[int, dict[str, Any]] = {}
    for key, tensor in moments.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = tensor
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
