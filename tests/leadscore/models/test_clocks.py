import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from leadscore.models.clocks import TELLS, clocks, explained

N = 3000
PLACE = np.arange(N, dtype=np.float64)
RNG = np.random.default_rng(0)

TELLING = {
    "rising": PLACE**2,
    "falling": -np.log1p(PLACE),
    "rising, with noise": PLACE + RNG.normal(0, N / 20, N),
    "known for later leads only": np.where(PLACE < N / 2, np.nan, PLACE),
    "a rate that is set anew each month": np.repeat(RNG.normal(size=24), N // 24),
    "a rate that falls and rises": np.abs(np.repeat(np.linspace(-1, 1.5, 30), N // 30)),
    "codes of campaigns, by how common they are": np.repeat(RNG.permutation(40), N // 40),
    "codes of many campaigns": np.repeat(RNG.permutation(120), N // 120),
    "a rate of each week": np.repeat(RNG.normal(size=200), N // 200),
}
NOT_TELLING = {
    "noise": RNG.normal(size=N),
    "codes of noise": RNG.integers(0, 300, N).astype(float),
    "ids": RNG.permutation(N).astype(float),
    "missing": np.full(N, np.nan),
    "constant": np.ones(N),
    "gaps at random": np.where(RNG.random(N) < 0.5, np.nan, 1.0),
    "the day of the week": np.arange(N) % 7 + 0.0,
    "the season": np.sin(PLACE * 2 * np.pi * 3 / N),
}


@pytest.mark.parametrize("name", TELLING)
def test_a_column_that_is_a_function_of_time_is_found(name: str) -> None:
    column = TELLING[name]
    padded = np.concatenate([column, np.full(N - len(column), column[-1])])
    assert explained(PLACE, padded) >= TELLS


@pytest.mark.parametrize("name", NOT_TELLING)
def test_a_column_that_tells_no_time_is_not(name: str) -> None:
    assert explained(PLACE, NOT_TELLING[name]) < TELLS


@pytest.mark.parametrize("name", ["noise", "codes of noise", "ids", "missing", "constant"])
def test_noise_explains_nothing_however_many_values_it_has(name: str) -> None:
    assert abs(explained(PLACE, NOT_TELLING[name])) < 0.05


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_a_rising_function_of_a_column_tells_as_much(seed: int, gaps: bool) -> None:
    rng = np.random.default_rng(seed)
    column = rng.normal(size=400) + np.linspace(0, rng.uniform(0, 5), 400)
    if gaps:
        column[rng.random(400) < 0.2] = np.nan
    place = np.arange(400.0)
    assert explained(place, np.exp(column)) == pytest.approx(explained(place, column), abs=0.02)
    assert explained(place, column) <= 1 + 1e-9


@pytest.mark.parametrize("n", [1, 3, 4, 20])
def test_of_few_leads_nothing_fails(n: int) -> None:
    assert explained(np.arange(float(n)), np.ones(n)) == 0
    assert explained(np.arange(float(n)), np.full(n, np.nan)) == 0


def test_without_an_order_nothing_is_told() -> None:
    assert explained(np.zeros(100), np.arange(100.0)) == 0


def side_by_side(*columns: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack(columns, axis=1)


def test_a_source_is_named_once_and_in_order_whatever_the_order_of_the_leads() -> None:
    matrix = side_by_side(NOT_TELLING["noise"], PLACE, NOT_TELLING["constant"], -PLACE, PLACE)
    sources = ["noise", "euribor", "euribor", "campaign", "euribor"]
    assert clocks(matrix, sources, PLACE) == ("euribor", "campaign")
    mixed = np.random.default_rng(1).permutation(N)
    assert clocks(matrix[mixed], sources, PLACE[mixed]) == ("euribor", "campaign")


def test_times_and_texts_are_places_too() -> None:
    matrix = side_by_side(NOT_TELLING["noise"], PLACE)
    times = np.datetime64("2025-01-01") + np.arange(N).astype("timedelta64[D]")
    assert clocks(matrix, ["noise", "euribor"], times) == ("euribor",)
    assert clocks(matrix, ["noise", "euribor"], np.array([f"L{i:05}" for i in range(N)], object)) == ("euribor",)
