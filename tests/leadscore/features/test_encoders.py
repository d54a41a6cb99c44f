import numpy as np
import polars as pl
import pytest

from leadscore.features.encoders import (
    RARE,
    UNSAID,
    Crossed,
    Encoding,
    Joined,
    Labels,
    Numbers,
    OneHot,
    TargetRates,
    WithoutTwins,
    codes_of,
    frequent,
)

SEED = 7
LEADS = pl.DataFrame(
    {
        "size": [1.0, None, *[3.0] * 38],
        "unit": ["id"] * 20 + ["it"] * 15 + ["as"] * 4 + [None],
        "area": (["retail"] * 10 + ["hotel"] * 10) * 2,
    }
)
CONVERTED = np.array([1.0] * 10 + [0.0] * 30)


def test_a_smoothed_rate_by_hand_is_that_of_its_leads_and_of_so_many_at_the_mean() -> None:
    encoder, _ = TargetRates(("unit",), smooth=5.0, few=0).learn(LEADS, CONVERTED, SEED)
    rates = encoder.transform(pl.DataFrame({"unit": ["id", "it", "as", "new"]}))[:, 0]
    mean = 0.25
    by_hand = [(10 + 5 * mean) / 25, (0 + 5 * mean) / 20, (0 + 5 * mean) / 9, mean]
    np.testing.assert_allclose(rates, by_hand, rtol=1e-6)


def test_each_column_has_its_own_smoothing_and_what_is_rare_is_one_value() -> None:
    columns = TargetRates(("unit", "area"), smooth=5.0, few=0, smoothing={"area": 1.0}, rare={"unit": 15})
    encoder, _ = columns.learn(LEADS, CONVERTED, SEED)
    found = encoder.transform(pl.DataFrame({"unit": ["it", "as"], "area": ["retail", "hotel"]}))
    assert found[0, 0] == found[1, 0] == np.float32(5 * 0.25 / (19 + 5)), "15 of it and 4 of as are rare, together"
    assert found[0, 1] == np.float32((10 + 0.25) / 21)


def test_what_is_rare_or_missing_has_a_code_of_its_own() -> None:
    kept = frequent(LEADS["unit"], few=4)
    assert kept == ("id", "it")
    assert codes_of(pl.Series(["it", "as", "new", None, "id"]), kept).tolist() == [3, RARE, RARE, UNSAID, 2]


@pytest.mark.parametrize("encoding", [TargetRates(("who",), 0.0, 0), Crossed(("who", "what"), 0.0)])
def test_no_lead_is_told_its_own_outcome(encoding: Encoding) -> None:
    """Each lead has a value of its own: rates without smoothing would say every outcome."""
    n = 200
    leads = pl.DataFrame({"who": [f"account {i}" for i in range(n)], "what": ["tv"] * n})
    converted = np.arange(n) % 2 * 1.0
    encoder, of_training = encoding.learn(leads, converted, SEED)
    np.testing.assert_array_equal(encoder.transform(leads)[:, 0], converted)
    flipped = converted.copy()
    flipped[17] = 1 - flipped[17]
    _, again = encoding.learn(leads, flipped, SEED)
    assert of_training[17, 0] == again[17, 0]


def test_labels_rise_with_rarity_and_one_hot_has_a_column_a_value() -> None:
    labels, matrix = Labels(("unit", "area")).learn(LEADS, CONVERTED, SEED)
    assert labels.names == ("unit", "area")
    assert [sorted(set(column)) for column in matrix.T] == [[0, 2, 3, 4], [3, 4]]
    hot, columns = OneHot(("area",), most=5).learn(LEADS, CONVERTED, SEED)
    assert hot.names == ("area_hotel", "area_retail")
    assert columns.sum() == len(LEADS)
    assert hot.transform(pl.DataFrame({"area": ["school"]})).tolist() == [[0.0, 0.0]]


def test_numbers_keep_their_gaps_and_parts_stand_side_by_side() -> None:
    encoder, matrix = Joined((Numbers(("size",)), Labels(("area",)))).learn(LEADS, CONVERTED, SEED)
    assert encoder.names == ("size", "area")
    assert matrix.shape == (40, 2)
    assert np.isnan(matrix[1, 0])
    np.testing.assert_array_equal(encoder.transform(LEADS), matrix)


def test_a_table_without_numbers_or_without_categories_is_encoded_too() -> None:
    encoder, matrix = Joined((Numbers(()), Labels(()), OneHot((), 3), TargetRates((), 1.0, 0))).learn(
        LEADS, CONVERTED, 7
    )
    assert matrix.shape == (40, 0)
    assert encoder.transform(LEADS[:3]).shape == (3, 0)


def test_twins_are_told_by_the_training_leads() -> None:
    leads = LEADS.with_columns(again=pl.col("area").str.to_uppercase())
    encoder, _ = WithoutTwins(("area", "again"), 0.9, Labels).learn(leads, CONVERTED, SEED)
    assert encoder.names == ("area",)
