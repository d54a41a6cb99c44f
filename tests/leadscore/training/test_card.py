import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadscore.models.budget import Budget
from leadscore.models.curve import Curve
from leadscore.models.train import Trained
from leadscore.settings import Settings
from leadscore.training.card import CALLED, Card, at_cutoffs, lacking
from leadscore.training.evaluation import evaluate
from leadscore.training.prepare import Known


@pytest.fixture(scope="module")
def card(known: Known, fits: Trained, still_open: pl.DataFrame, settings: Settings) -> Card:
    evaluation = evaluate(known, fits, still_open, settings, Budget())
    return Card.of(known, fits, evaluation)


def test_a_card_goes_through_json(card: Card) -> None:
    assert Card.model_validate_json(card.model_dump_json()) == card
    assert Card.model_validate(card.model_dump(mode="json")) == card


def test_a_card_counts_all_leads_and_those_that_were_learned_from(known: Known, card: Card) -> None:
    converted = known.leads.converted
    assert (card.known.leads, card.known.conversions) == (len(converted), converted.sum())
    assert card.copies
    assert card.trained_on.leads == card.known.leads - card.copies.exact
    assert card.first
    assert card.last
    assert card.first < card.last


def test_a_card_says_what_no_lead_tells(known: Known, card: Card) -> None:
    nobody = known.leads.lives.with_columns(pl.lit(None, dtype=pl.Int64).alias("account_id"))
    assert (card.lacking, lacking(nobody)) == ((), ("account_id",))


def test_a_card_says_which_columns_are_not_used_and_why(card: Card) -> None:
    assert {"customer_country.1"} == {each.column for each in card.left_out} & set(card.ignored)
    assert set(card.importance) >= {"customer_country", "lead_owner"}


def test_a_card_tells_both_fits_apart(fits: Trained, card: Card) -> None:
    assert card.shipped.cutoff == fits.shipped.cutoff
    assert card.judged.cutoff == fits.evaluation.cutoff
    assert card.evaluation.measures == fits.holdout.measures


def test_a_line_of_the_curve_says_what_its_cutoff_does() -> None:
    curve = Curve.of(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.array([0, 0, 1, 0, 1]))
    found = at_cutoffs(curve, 0.3)
    assert [each.cutoff for each in found] == [0.5, 0.4, 0.3, 0.2]
    assert [each.called for each in found] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert [each.precision for each in found] == pytest.approx([1, 1 / 2, 2 / 3, 1 / 2])
    assert [each.recall for each in found] == pytest.approx([1 / 2, 1 / 2, 1, 1])
    assert [each.f1 for each in found] == pytest.approx([2 / 3, 1 / 2, 4 / 5, 2 / 3])


@given(st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=2, max_size=300), st.data())
def test_the_curve_goes_down_from_the_highest_cutoff(leads: list[tuple[int, bool]], data: st.DataObject) -> None:
    probability, converted = np.array([p / 30 for p, _ in leads]), np.array([int(won) for _, won in leads])
    curve = Curve.of(probability, converted)
    chosen = data.draw(st.sampled_from(curve.values))
    found = at_cutoffs(curve, chosen)
    assert chosen in [each.cutoff for each in found]
    assert len(found) <= len(CALLED) + 1
    cutoffs, called = [each.cutoff for each in found], [each.called for each in found]
    assert cutoffs == sorted(set(cutoffs), reverse=True)
    assert called == sorted(set(called))
    assert called == pytest.approx([(probability >= cutoff).mean() for cutoff in cutoffs])
