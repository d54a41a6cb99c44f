import numpy as np
import polars as pl
from scipy.special import expit, logit

from leadscore.text_model.augmentation import augmented, level
from leadscore.text_model.sentences import MISSING

CELLS = pl.DataFrame({name: [f"{name}{i}" for i in range(1000)] for name in "abcd"})
CONVERTED = (np.arange(1000) % 10 == 0).astype(np.int64)


def test_the_leads_stay_and_copies_of_conversions_follow() -> None:
    cells, converted = augmented(CELLS, CONVERTED, seed=1)
    assert cells[:1000].equals(CELLS)
    assert converted[:1000].tolist() == CONVERTED.tolist()
    assert converted[1000:].tolist() == [1] * 800
    won = set(CELLS["a"].filter(pl.Series(CONVERTED == 1))) | {MISSING}
    assert set(cells["a"][1000:]) == won


def test_a_fifth_of_the_values_of_the_copies_is_missing_and_the_others_are_as_they_were() -> None:
    copies = augmented(CELLS, CONVERTED, seed=1)[0][1000:]
    whole = pl.concat([CELLS.filter(pl.Series(CONVERTED == 1))] * 8)
    blank = (copies == MISSING).to_numpy()
    assert abs(blank.mean() - 0.2) < 0.02
    assert (copies.to_numpy() == whole.to_numpy())[~blank].all()


def test_without_copies_there_are_the_leads_alone() -> None:
    cells, converted = augmented(CELLS, CONVERTED, seed=1, copies=0)
    assert cells.equals(CELLS)
    assert level(CONVERTED, converted) == 0


def test_it_is_the_same_for_the_same_seed() -> None:
    first, again, other = (augmented(CELLS, CONVERTED, seed=seed)[0] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_the_level_gives_back_the_probability_before_copying() -> None:
    """By Bayes: at a point where a conversion is three times as dense as another lead."""
    rate, copied = 0.1, 0.9 / (0.9 + 0.9)  # nine of each conversion
    before, after = (3 * base / (3 * base + 1 - base) for base in (rate, copied))
    high = level(CONVERTED, augmented(CELLS, CONVERTED, seed=1)[1])
    assert np.isclose(high, np.log(9))
    assert np.isclose(expit(logit(after) - high), before)
