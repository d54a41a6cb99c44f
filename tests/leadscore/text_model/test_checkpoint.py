from pathlib import Path

import pytest
import torch

from leadscore.text_model import checkpoint
from leadscore.text_model.checkpoint import Checkpoint, Progress, moments_of, put_moments

FOUND = Checkpoint(
    Progress(trained=(0.5, 0.1 + 0.2), judged=(0.6, 0.7), batches=3, total=1.25),
    {"a.weight": torch.rand(2, 3)},
    {"a.weight": torch.rand(2, 3)},
    {"0/step": torch.tensor(7.0)},
)


def test_what_was_saved_is_loaded_to_the_last_bit(tmp_path: Path) -> None:
    FOUND.save(tmp_path / "folder" / "run.safetensors")
    again = Checkpoint.load(tmp_path / "folder" / "run.safetensors")
    assert again.progress == FOUND.progress
    for part in ("weights", "best", "moments"):
        for name, tensor in getattr(FOUND, part).items():
            assert torch.equal(getattr(again, part)[name], tensor)


def test_killed_while_it_is_written_it_leaves_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "run.safetensors"
    FOUND.save(file)

    def killed(tensors: object, unfinished: Path, metadata: object) -> None:
        unfinished.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save_file", killed)
    with pytest.raises(KeyboardInterrupt):
        FOUND.save(file)
    assert Checkpoint.load(file).progress == FOUND.progress


def test_an_optimizer_goes_on_with_the_moments_of_another() -> None:
    weights = [torch.nn.Parameter(torch.ones(3)) for _ in range(2)]
    first, second = (torch.optim.AdamW([each], lr=0.1) for each in weights)
    for optimizer, weight in ((first, weights[0]), (second, weights[1]), (first, weights[0])):
        weight.grad = weight.detach() * 2
        optimizer.step()
    put_moments(second, moments_of(first))
    assert all(torch.equal(tensor, moments_of(first)[key]) for key, tensor in moments_of(second).items())
