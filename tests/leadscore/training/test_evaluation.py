"""The evaluation of a small training: what its parts add up to, and what it does not show."""

import time
from collections.abc import Callable
from datetime import datetime

import numpy as np
import polars as pl
import pytest

from leadscore.models.budget import Budget
from leadscore.models.metrics import measure
from leadscore.models.train import Trained
from leadscore.sample.demo import load_example
from leadscore.settings import Settings
from leadscore.training.evaluation import (
    HISTORY,
    MONTH,
    Evaluation,
    evaluate,
    names,
    pipeline,
    redrawn,
    sliced_by,
)
from leadscore.training.prepare import Known

Scene = tuple[Settings, Known, Trained, pl.DataFrame]


@pytest.fixture(scope="module")
def found(known: Known, fits: Trained, still_open: pl.DataFrame, settings: Settings) -> Evaluation:
    return evaluate(known, fits, still_open, settings, Budget())


def test_grades_and_bins_and_months_cover_the_holdout(known: Known, found: Evaluation) -> None:
    n, conversions = found.measures.n, found.measures.conversions
    assert n == len(known.split.holdout)
    assert (sum(each.n for each in found.grades), sum(each.conversions for each in found.grades)) == (n, conversions)
    assert sum(each.n for each in found.reliability) == n
    for column in (HISTORY, MONTH):
        assert sum(each.n for each in found.slices if each.column == column) == n


def test_the_same_training_is_judged_the_same(
    known: Known, fits: Trained, still_open: pl.DataFrame, settings: Settings, found: Evaluation
) -> None:
    again = evaluate(known, fits, still_open, settings, Budget())
    assert again == found
    assert Evaluation.model_validate_json(found.model_dump_json()) == found


def test_leads_are_sliced_by_country_and_type_and_never_by_who_they_are(known: Known, fits: Trained) -> None:
    held = known.leads.leads[known.split.holdout]
    columns = sliced_by(known, fits, held)
    assert columns[:2] == ["customer_country", "customer_type"]
    assert len(columns) == 5
    assert not {"customer_idx", "lead_owner"} & set(columns)
    assert all(held[name].n_unique() <= 20 for name in columns[2:])


def test_slices_tell_what_the_training_side_had_seen(known: Known, fits: Trained) -> None:
    train, holdout = known.split.train, known.split.holdout
    assert set(names(known, fits, train)[HISTORY]) <= {
        "account seen, owner seen",
        "account not seen, owner seen",  # those without an account
    }
    assert len(set(names(known, fits, holdout)[HISTORY])) > 2


def test_the_holdout_is_weighted_to_what_is_open(known: Known, fits: Trained, still_open: pl.DataFrame) -> None:
    """Where all open leads are of new accounts, the figures are those of the new accounts in the holdout."""
    strangers = still_open.with_columns(
        pl.lit(-1).alias("account_id"), pl.lit(known.leads.lives["owner_id"].drop_nulls()[0]).alias("owner_id")
    )
    weighted = pipeline(known, fits, strangers, seed=3)
    assert weighted
    assert (weighted.n, weighted.covered) == (still_open.height, pytest.approx(1))
    history = names(known, fits, known.split.holdout)[HISTORY]
    new = np.array(history) == "account not seen, owner seen"
    alone = measure(fits.holdout.converted[new], fits.holdout.probability[new], fits.evaluation.cutoff.value, seed=3)
    assert weighted.measures
    assert weighted.measures.n == alone.n == new.sum()
    for figure in ("precision", "recall", "roc_auc", "average_precision", "log_loss"):
        assert getattr(weighted.measures, figure).value == pytest.approx(getattr(alone, figure).value)


def test_open_leads_say_nothing_where_the_holdout_has_too_few_alike(
    known: Known, fits: Trained, still_open: pl.DataFrame
) -> None:
    stranger = still_open.head(1).with_columns(account_id=pl.lit(-1), owner_id=pl.lit(-1))
    found = pipeline(known, fits, stranger, seed=3)
    assert found
    assert found.n == 1
    assert found.measures is None
    assert pipeline(known, fits, still_open.clear(), seed=3) is None


def test_the_latest_leads_are_held_out_once(found: Evaluation) -> None:
    assert found.holdout == "latest"
    assert found.redrawn == ()


@pytest.fixture(scope="module")
def drawn(train_on: Callable[[Settings], Scene], tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A training on example leads without times and accounts, judged on some that were drawn at random."""
    made = load_example(tmp_path_factory.mktemp("drawn"), n=3000, seed=7, end=datetime(2026, 1, 1))
    leads = made.leads.model_copy(update=dict.fromkeys(("created_at", "closed_at", "account", "owner")))
    return train_on(made.model_copy(update={"leads": leads}))


def test_a_random_holdout_is_stratified_and_drawn_again(drawn: Scene) -> None:
    settings, known, fits, still_open = drawn
    found = evaluate(known, fits, still_open, settings, Budget())
    assert found.holdout == "random"
    converted, share = known.leads.converted, settings.training.holdout_share
    assert found.measures.conversions == pytest.approx(share * converted.sum(), abs=1)
    assert found.measures.n == pytest.approx(share * len(converted), abs=1)
    assert found.pipeline is None
    assert not {HISTORY, MONTH} & {each.column for each in found.slices}
    one, other = found.redrawn
    assert one != other
    assert abs(one["roc_auc"] - found.measures.roc_auc.value) < 0.15
    assert one["base_rate"] == pytest.approx(found.measures.base_rate.value, abs=0.003)


def test_nothing_is_drawn_again_once_half_of_the_budget_is_spent(drawn: Scene) -> None:
    settings, known, fits, _ = drawn
    assert redrawn(known, fits, settings, Budget(100, started=time.monotonic() - 51)) == []
