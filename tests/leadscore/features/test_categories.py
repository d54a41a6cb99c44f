import numpy as np
import polars as pl
import pytest
from sklearn.model_selection import KFold
from sklearn.preprocessing import TargetEncoder

from leadscore.features.categories import MISSING, OTHER, RATES_FROM, UNSEEN, CategoryMap

RNG = np.random.default_rng(3)


def learn(values):
    return fitted(pl.Series("c", values, dtype=pl.String), np.zeros(len(values)))


def fitted(values, converted):
    return CategoryMap.learn(values, converted, 1, source=values.name, identifier=False)


def many_valued(n=600):
    """Values of a column with rates, one of them rare, one single; the outcome depends on the value."""
    codes = RNG.integers(0, RATES_FROM + 2, n)
    values = pl.Series("c", [f"v{code}" for code in codes[:-4]] + ["rare", "rare", "single", None])
    return values, (RNG.random(n) < codes / 12).astype(float)


def test_codes_fall_with_frequency_and_ties_are_in_order_of_value():
    column, _ = learn(["b"] * 10 + ["a"] * 10 + ["z"] * 11 + ["r"] * 2 + ["s"] + [None])
    assert column.known == ("z", "a", "b")
    assert len(column.rare) == 1
    assert "r" not in column.rare, "a rare value may be a person: only its hash is kept"


def test_a_slip_between_two_values_is_the_more_frequent_one_in_any_order_of_the_leads():
    values = ["managers"] * 12 + ["manager"] * 11 + ["managesr"] * 3 + ["mangaer"] * 2
    for order in (values, values[::-1]):
        column, features = learn(order)
        assert column.known == ("managers", "manager")
        assert sorted(features[:, 0]) == [3] * 15 + [4] * 13
    tied = ["managerzz"] * 12 + ["manager"] * 12 + ["managerz"] * 3
    assert [learn(order)[0].known for order in (tied, tied[::-1])] == [("manager", "managerzz")] * 2


@pytest.mark.parametrize("name", ["n", "value", "raw", "key", "leads", "codes", "literal", "*", "^.*$", ""])
def test_a_column_may_have_any_name(name):
    values = pl.Series(name, ["a"] * 10 + ["b"] * 2 + ["c", None], dtype=pl.String)
    column, features = fitted(values, np.zeros(14))
    assert (column.column, column.known) == (name, ("a",))
    assert features[:, 0].tolist() == [3] * 10 + [OTHER] * 2 + [UNSEEN, MISSING]
    assert column.display(values).name == name


def test_missing_unseen_and_other_are_distinct():
    column, features = learn(["a"] * 10 + ["r"] * 9 + ["other"] * 12 + ["once", None])
    asked = pl.Series("c", ["a", "other", "r", "once", "never", None])
    expected = [3, OTHER, OTHER, UNSEEN, UNSEEN, MISSING]
    assert column.codes(asked).tolist() == expected
    assert column.transform(asked)[:, 0].tolist() == expected
    assert column.display(asked).to_list() == ["a", "other", "other", "unseen", "unseen", "missing"]
    assert features[:, 0].tolist() == [3] * 10 + [OTHER] * 21 + [UNSEEN, MISSING]


def test_the_order_of_the_leads_does_not_matter():
    values, converted = many_valued()
    order = RNG.permutation(len(values))
    column, _ = fitted(values, converted)
    shuffled, _ = fitted(values[order], converted[order])
    assert (shuffled.known, shuffled.rare) == (column.known, column.rare)
    assert shuffled.rates == pytest.approx(column.rates, abs=1e-6)
    assert np.array_equal(column.transform(values[order]), column.transform(values)[order])


def test_codes_are_learned_without_the_outcome():
    values, converted = many_valued()
    one, features = fitted(values, converted)
    other, flipped = fitted(values, 1 - converted)
    assert (one.known, one.rare) == (other.known, other.rare)
    assert np.array_equal(features[:, 0], flipped[:, 0])


def test_rates_are_those_of_the_target_encoder():
    values, converted = many_valued()
    column, features = fitted(values, converted)
    codes = column.codes(values)[:, None]
    encoder = TargetEncoder(target_type="binary", smooth="auto", cv=KFold(5, shuffle=True, random_state=1))
    assert features[:, 1] == pytest.approx(encoder.fit_transform(codes, converted)[:, 0], abs=1e-6)
    assert column.transform(values)[:, 1] == pytest.approx(encoder.transform(codes)[:, 0], abs=1e-6)


def test_a_training_lead_s_own_outcome_changes_none_of_its_features():
    values, converted = many_valued()
    _, features = fitted(values, converted)
    changed_others = 0
    for lead in (0, 17, 599):
        flipped = converted.copy()
        flipped[lead] = 1 - flipped[lead]
        _, after = fitted(values, flipped)
        assert np.array_equal(after[lead], features[lead])
        changed_others += (after != features).any()
    assert changed_others == 3


def test_few_values_have_no_rates():
    column, features = learn(["a"] * 10 + ["b"] * 10)
    assert (column.rates, column.width, features.shape) == ((), 1, (20, 1))


def test_all_missing_and_no_leads_are_fine():
    column, _ = learn([None, None])
    assert column.transform(pl.Series("c", [None, "new"], dtype=pl.String)).tolist() == [[MISSING], [UNSEEN]]
    assert column.transform(pl.Series("c", [], dtype=pl.String)).shape == (0, 1)
