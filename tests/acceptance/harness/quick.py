"""Settings by which a model is trained as quickly as it can be."""

from pathlib import Path

QUICK = """
[training]
folds = 2
trials = 0
imbalance = "none"
bags = 1
members = ["logistic", "lightgbm"]
"""  # the least: most tests care little how good the model is


def quick_training(file: Path) -> None:
    """Put `QUICK` in the place of the last section of the example's settings, [training]."""
    file.write_text(file.read_text(encoding="utf-8").partition("[training]")[0] + QUICK, encoding="utf-8")
