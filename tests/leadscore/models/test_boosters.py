import numpy as np
import pytest

from leadscore.models.boosters import Boosters, Matrix, Rounds, fit_boosters
from leadscore.models.metrics import Labels


def make_data(n: int = 1200, seed: int = 0) -> tuple[Matrix, Labels]:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, 6)).astype(np.float32).astype(np.float64)
    matrix[rng.random(matrix.shape) < 0.1] = np.nan
    signal = np.nan_to_num(matrix[:, 0]) * 2 - 1
    return matrix, (rng.random(n) < 1 / (1 + np.exp(-signal))).astype(np.int64)


def fit(threads: int = 1, rounds: Rounds | None = None, seed: int = 7) -> Boosters:
    return fit_boosters(*make_data(), rounds=rounds, valid=make_data(seed=1), threads=threads, seed=seed)


@pytest.fixture(scope="module")
def boosters() -> Boosters:
    return fit()


def test_the_vote_is_the_mean_of_the_margins(boosters: Boosters) -> None:
    import xgboost

    matrix, _ = make_data(seed=2)
    first = boosters.lightgbm.predict(matrix, raw_score=True)
    second = boosters.xgboost.predict(xgboost.DMatrix(matrix), output_margin=True)
    np.testing.assert_allclose(boosters.log_odds(matrix), (first + second) / 2, rtol=0, atol=1e-6)


def test_contributions_of_the_boosters_add_up_to_the_vote(boosters: Boosters) -> None:
    import xgboost

    matrix, _ = make_data(n=50, seed=2)
    first = boosters.lightgbm.predict(matrix, pred_contrib=True)
    second = boosters.xgboost.predict(xgboost.DMatrix(matrix), pred_contribs=True)
    np.testing.assert_allclose((first + second).sum(axis=1) / 2, boosters.log_odds(matrix), rtol=0, atol=1e-5)


def test_boosters_stop_early_on_the_validation_leads_and_keep_only_the_best_rounds(boosters: Boosters) -> None:
    assert 5 < boosters.rounds.lightgbm < 300
    assert 5 < boosters.rounds.xgboost < 300
    matrix, _ = make_data(seed=1)
    assert fit(rounds=boosters.rounds).log_odds(matrix) == pytest.approx(boosters.log_odds(matrix), abs=1e-9)


def test_fixed_rounds_are_kept_exactly() -> None:
    rounds = Rounds(lightgbm=12, xgboost=9)
    assert fit(rounds=rounds).rounds == rounds


def test_same_data_and_seed_give_the_same_bytes_whatever_the_threads(boosters: Boosters) -> None:
    assert fit().to_bytes() == boosters.to_bytes()
    for threads in (2, 4):
        assert fit(threads=threads).to_bytes() == boosters.to_bytes()


def test_another_seed_gives_other_boosters(boosters: Boosters) -> None:
    assert fit(seed=8).to_bytes() != boosters.to_bytes()


@pytest.mark.parametrize("threads", [1, 2])
def test_the_log_odds_of_a_lead_do_not_depend_on_the_others_nor_on_the_threads_to_the_last_bit(
    boosters: Boosters, threads: int
) -> None:
    matrix, _ = make_data(n=5000, seed=3)
    expected = boosters.log_odds(matrix, threads=1)
    for size in (0, 1, 2, 63, 64, 65, 127, 128, 129, 1000, 4999, 5000):  # XGBoost goes by blocks of 64 rows
        for part in (slice(0, size), slice(5000 - size, 5000)):
            np.testing.assert_array_equal(boosters.log_odds(matrix[part], threads=threads), expected[part])
    order = np.random.default_rng(4).permutation(5000)
    np.testing.assert_array_equal(boosters.log_odds(matrix[order], threads=threads), expected[order])
    np.testing.assert_array_equal(boosters.log_odds(np.asfortranarray(matrix), threads=threads), expected)


def test_boosters_read_back_predict_the_same_bits(boosters: Boosters) -> None:
    matrix, _ = make_data(seed=3)
    again = Boosters.from_bytes(*boosters.to_bytes())
    np.testing.assert_array_equal(again.log_odds(matrix), boosters.log_odds(matrix))
    assert again.to_bytes() == boosters.to_bytes()
    assert again.rounds == boosters.rounds


def test_what_is_no_model_is_a_value_error(boosters: Boosters) -> None:
    text, ubjson = boosters.to_bytes()
    with pytest.raises(ValueError, match=r"[Mm]odel"):
        Boosters.from_bytes(b"no model", ubjson)
    with pytest.raises(ValueError, match=r"JSON|json"):
        Boosters.from_bytes(text, b"no model")
