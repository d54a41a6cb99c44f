import optuna
import pytest

from leadscore.models.space import ROUNDS, Space

SPACE = Space(
    first={ROUNDS: 500, "depth": 6},
    fixed={"weight": 9.0},
    even={ROUNDS: (100, 1000), "depth": (3, 10), "share": (0.5, 1.0)},
    logged={"rate": (0.001, 0.1)},
    choices={"boosting": ("gbdt", "dart")},
)


@pytest.fixture
def drawn() -> dict[str, bool | int | float | str]:
    return SPACE.suggest(optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1)).ask())


def test_each_parameter_is_drawn_within_its_range_and_of_its_kind(drawn: dict[str, bool | int | float | str]) -> None:
    assert set(drawn) == {ROUNDS, "depth", "share", "rate", "boosting"}
    assert isinstance(drawn["depth"], int)
    assert isinstance(drawn["share"], float)
    assert 100 <= float(drawn[ROUNDS]) <= 1000
    assert 0.001 <= float(drawn["rate"]) <= 0.1
    assert drawn["boosting"] in ("gbdt", "dart")


def test_a_share_of_the_trees_is_taken_of_all_that_counts_them() -> None:
    fewer = SPACE.scaled(0.2)
    assert fewer.first == {ROUNDS: 100, "depth": 6}
    assert fewer.even[ROUNDS] == (20, 200)
    assert fewer.even["depth"] == (3, 10)
    assert SPACE.scaled(0.0001).first[ROUNDS] == 1
