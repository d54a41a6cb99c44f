import polars as pl
import pytest

from leadscore.features.categories import OTHER, UNSEEN, CategoryMap
from leadscore.features.slips import without_slips

KNOWN = ("monitor tv", "export", "laptop", "basic 4y", "nigeria")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("monior tv", "monitor tv"),
        ("montior tv", "monitor tv"),
        ("monitorr tv", "monitor tv"),
        ("lapto", "lapto"),  # too short to tell
        ("aptops", "aptops"),  # another first letter
        ("basic 6y", "basic 6y"),  # a digit is no slip
        ("expects", "expects"),
        ("niger", "niger"),
        ("nigerai", "nigeria"),
    ],
)
def test_one_slip_is_mended_and_no_more(written, meant):
    assert without_slips(pl.Series([written]), KNOWN).to_list() == [meant]


def test_frequent_values_are_never_merged():
    values = pl.Series("c", ["export"] * 30 + ["expert"] * 20)
    column, _ = CategoryMap.learn(values, pl.Series([0.0] * 50).to_numpy(), 1, source="c", identifier=False)
    assert column.known == ("export", "expert")


def test_rare_slips_count_as_the_value_that_is_meant_in_training_and_later():
    values = pl.Series("c", ["monitor tv"] * 12 + ["monior tv"] * 3 + ["strange"] * 2)
    column, features = CategoryMap.learn(values, pl.Series([0.0] * 17).to_numpy(), 1, source="c", identifier=False)
    assert column.known == ("monitor tv",)
    assert features[:, 0].tolist() == [3.0] * 15 + [OTHER] * 2
    assert column.codes(pl.Series("c", ["mnitor tv", "never seen"])).tolist() == [3, UNSEEN]


def test_identifiers_that_differ_in_a_letter_are_two():
    values = pl.Series("c", ["acme corp"] * 12 + ["acme corq"] * 3)
    column, _ = CategoryMap.learn(values, pl.Series([0.0] * 15).to_numpy(), 1, source="c", identifier=True)
    assert column.known == ("acme corp",)
    assert column.codes(pl.Series("c", ["acme corq", "acme core"])).tolist() == [OTHER, UNSEEN]
