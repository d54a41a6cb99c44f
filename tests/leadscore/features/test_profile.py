import numpy as np
import polars as pl
import pytest

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.features.profile import CODES, Profile, Spread
from leadscore.schema import Column, Kind, Schema, Type

NAN = np.nan


def test_the_codes_of_a_category_are_its_bins_and_the_rarest_share_the_last() -> None:
    spread = Spread.of("country", 0, True, np.array([0.0, 0, 1, 3, 3, 3, 19, 20, 400]))
    assert spread.counts == (2, 1, 0, 3, *[0] * 15, 3)
    assert len(spread.counts) == CODES


def test_a_number_has_a_bin_for_missing_and_one_for_each_of_few_values() -> None:
    values = np.array([NAN, NAN, *[0.0] * 5, *[0.5] * 3, *[1.0] * 2])
    spread = Spread.of("bant", 0, False, values)
    assert spread.edges == (0.0, 0.5)
    assert spread.counts == (2, 5, 3, 2)
    assert spread.count(np.array([-7.0, 0.2, 9.0, NAN])).tolist() == [1, 1, 1, 1]


def test_many_values_are_binned_by_tenths() -> None:
    spread = Spread.of("length", 0, False, np.arange(1000.0))
    assert spread.counts == (0, *[100] * 10)


@pytest.mark.parametrize("values", [[NAN, NAN], [4.0, 4.0], []])
def test_a_number_without_any_variety_has_one_bin(values: list[float]) -> None:
    spread = Spread.of("flat", 0, False, np.array(values))
    assert spread.edges == ()
    assert sum(spread.counts) == len(values)


def test_parts_of_the_leads_add_up_to_the_whole() -> None:
    values = np.random.default_rng(0).normal(size=500)
    spread = Spread.of("x", 0, False, values)
    assert (spread.count(values[:123]) + spread.count(values[123:])).tolist() == list(spread.counts)


def test_how_much_will_be_unseen_is_taken_from_leads_that_a_fit_did_not_know() -> None:
    trained = Spread.of("account", 0, True, np.array([0.0] * 50 + [1.0] * 10 + [2.0] * 30 + [3.0] * 60))
    expecting = trained.expecting_unseen(0.7)
    assert expecting.counts[:4] == (50, 70, 10, 20)
    assert expecting.unseen_share == 0.7
    assert trained.expecting_unseen(1.0).counts[:4] == (50, 100, 0, 0)


def test_a_profile_is_of_the_matrix_that_scores_are_made_of() -> None:
    schema = Schema(
        columns=(
            Column(name="size", kind=Kind.NUMBER, type=Type.FLOAT),
            Column(name="country", kind=Kind.CATEGORY, type=Type.TEXT),
        )
    )
    draw = np.random.default_rng(0)
    names = pl.Series("country", [f"c{i}" for i in range(30)]).gather(draw.integers(0, 30, 900))
    leads = pl.DataFrame([pl.Series("size", draw.normal(size=900)), names])
    converted = (draw.random(900) < 0.3).astype(float)
    features, _ = FeatureMap.learn(leads, converted, Inputs.plain(schema).columns, 7)
    profile = Profile.of(features, features.transform(leads))
    assert [(each.name, each.coded) for each in profile.features] == [("size", False), ("country", True)]
    assert profile.count(features.transform(leads)) == {each.name: list(each.counts) for each in profile.features}
    strange = leads.with_columns(country=pl.lit("atlantis"))
    assert profile.count(features.transform(strange))["country"][:3] == [0, 900, 0]
    assert Profile.model_validate_json(profile.model_dump_json()) == profile
