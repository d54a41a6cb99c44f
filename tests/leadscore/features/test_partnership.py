import numpy as np
import polars as pl
import pytest

from leadscore.features.partnership import Partnership

ALL = {"account": "account", "owner": "owner", "product": "product", "country": "country", "subsidiary": "office"}
LEADS = pl.DataFrame(
    {
        "account": ["a", "a", "b", "b", "b", "c"],
        "owner": ["kim", "kim", "kim", "lee", "lee", "lee"],
        "product": ["tv"] * 6,
        "country": ["chile"] * 6,
        "office": ["X", "Y", "X", "X", "X", "X"],
    }
)
CONVERTED = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0])


def told(history: str | None = None, leads: pl.DataFrame = LEADS, **columns: str | None) -> np.ndarray:
    encoder, _ = Partnership(**{**ALL, **columns}, history=history).learn(leads, CONVERTED, 7)
    return encoder.transform(leads)


def test_partners_have_two_leads_of_which_half_converted() -> None:
    assert told()[:, 0].tolist() == [1, 1, 0, 0, 0, 0], "kim's only lead of b and lee's two lost ones are none"


def test_a_place_has_four_steps_by_how_many_leads_and_how_many_of_them_convert() -> None:
    assert set(told()[:, 2]) == {1.0}, "6 leads, half of which converted"
    many = pl.concat([LEADS] * 3)
    encoder, _ = Partnership(**ALL, history=None).learn(many, np.ones(18), 7)
    assert set(encoder.transform(many)[:, 2]) == {4.0}, "18 leads, all converted"


def test_a_seller_of_several_subsidiaries_is_told() -> None:
    assert told()[:, 3].tolist() == [1, 1, 1, 0, 0, 0]


def test_the_fifteen_best_sellers_of_a_product_are_told() -> None:
    n = 20
    leads = pl.DataFrame({name: [str(i) for i in range(n)] if name == "owner" else ["x"] * n for name in ALL.values()})
    encoder, _ = Partnership(**ALL, history=None).learn(leads, np.arange(n) / n, 7)
    assert encoder.transform(leads)[:, 1].tolist() == [0.0] * 5 + [1.0] * 15


def test_with_times_partners_are_those_of_the_day_that_the_lead_came_in() -> None:
    closed, won = [0.0, 1.0, 2.0, 2.0, 4.0, 3.0], [0.0, 1.0, 1.0, 0.0, 2.0, 1.0]
    history = pl.DataFrame({"closed": closed, "won": won}).to_struct("past")
    assert told("past", LEADS.with_columns(history))[:, 0].tolist() == [0, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("lacking", [("account", 0), ("product", 1), ("country", 2), ("subsidiary", 3)])
def test_what_the_table_lacks_is_none_of_its_features(lacking: tuple[str, int]) -> None:
    name, feature = lacking
    assert not told(**{name: None})[:, feature].any()


def test_no_lead_is_told_its_own_outcome() -> None:
    n = 300
    rng = np.random.default_rng(0)
    leads = pl.DataFrame({name: rng.integers(0, 9, n).astype(str) for name in ALL.values()})
    converted = (rng.random(n) < 0.5) * 1.0
    before = Partnership(**ALL, history=None).learn(leads, converted, 7)[1]
    converted[11] = 1 - converted[11]
    after = Partnership(**ALL, history=None).learn(leads, converted, 7)[1]
    np.testing.assert_array_equal(before[11], after[11])
    assert (before != after).any(), "others are told of it"
