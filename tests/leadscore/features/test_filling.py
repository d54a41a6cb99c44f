import numpy as np
import polars as pl

from leadscore.features.encoders import Labels, Numbers
from leadscore.features.filling import Filled, Related, learn_filling

SEED = 7


def test_a_gap_is_told_from_the_other_columns() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    matrix = np.column_stack([x, 3 * x])
    gaps = rng.random(600) < 0.3
    seen = np.where(gaps[:, None] & [False, True], np.nan, matrix)
    fill = learn_filling(seen, [1], SEED)
    assert np.abs(fill(seen)[gaps, 1] - 3 * x[gaps]).mean() < 0.2
    np.testing.assert_allclose(fill(seen)[~gaps], matrix[~gaps], rtol=1e-6)


def test_other_gaps_become_the_median_of_the_training_leads() -> None:
    fill = learn_filling(np.array([[1.0, 5.0], [2.0, np.nan], [9.0, 7.0]]), [], SEED)
    assert fill(np.array([[np.nan, np.nan]])).tolist() == [[2.0, 6.0]]


def test_columns_that_say_the_same_go() -> None:
    rng = np.random.default_rng(0)
    leads = pl.DataFrame({"a": rng.normal(size=300), "b": rng.normal(size=300)})
    leads = leads.with_columns(twice=2 * pl.col("a"), sum=pl.col("a") + pl.col("b"))
    every = Numbers(("a", "b", "twice", "sum"))
    encoder, matrix = Filled(every, ("a",), max_correlation=0.95, max_vif=50.0).learn(leads, np.zeros(300), SEED)
    assert len(encoder.names) == 2
    assert "twice" not in encoder.names
    np.testing.assert_array_equal(encoder.transform(leads), matrix)


def test_a_missing_category_is_the_most_frequent_beside_the_column_that_tells_it() -> None:
    leads = pl.DataFrame(
        {
            "country": ["chile"] * 20 + ["india"] * 20 + [None],
            "office": ["A"] * 20 + ["B"] * 21,
            "odd": ["x", "y"] * 20 + ["x"],
        }
    )
    related = Related(("country", "office", "odd"), 0.5, Labels(("country",)))
    encoder, matrix = related.learn(leads, np.zeros(41), SEED)
    assert matrix[40, 0] == matrix[39, 0], "india, as of office B"
    apart = encoder.transform(pl.DataFrame({"country": [None, None], "office": ["A", "C"], "odd": ["x", "x"]}))
    assert apart[0, 0] == matrix[0, 0]
    assert apart[1, 0] == 0, "of an office that nobody knows nothing is told"
