"""All that is looked at, on leads made by hand."""

import polars as pl
from pages.leads import bare, explored, funnel, lives

from leadscore.explore.survey import survey


def test_a_funnel_is_seen_for_what_it_is() -> None:
    found = survey(funnel(), seed=0)
    assert found.columns[0].column.name in {"size", "twice_the_size", "budget"}, "the strongest first"
    assert found.columns[0].auc is not None
    assert found.columns[0].auc > 0.7
    assert found.missing[0].column == "budget"
    assert found.missing[0].tells
    assert found.overlap is not None
    assert set(found.overlap.pairs[0][:2]) == {"size", "twice_the_size"}
    assert {each.name for each in found.places["country"].named} >= {"germany", "brazil", "india"}
    assert list(found.kinds) == ["customer_type", "expected_timeline"]
    assert found.load is not None
    assert [each.column for each in found.unread] == ["note"]
    assert found.suspects is not None
    assert survey(funnel(), seed=0).columns == found.columns


def test_without_anything_known_there_is_still_a_survey() -> None:
    found = survey(bare(), seed=0)
    assert found.suspects is None
    assert found.columns[0].auc is None
    assert (found.places, found.kinds, found.load, found.overlap, found.links) == ({}, {}, None, None, ())


def test_leads_without_a_column_can_be_surveyed() -> None:
    found = survey(explored(pl.DataFrame(), lives(10, label=[1, 0] * 5)), seed=0)
    assert found.columns == ()
    assert found.suspects is None


def test_values_of_sellers_and_of_personal_columns_are_not_told() -> None:
    found = survey(funnel(contact_name="Kim Minsu"), seed=0)
    assert {each.column.name for each in found.columns if each.groups is None} == {"seller", "contact_name"}
