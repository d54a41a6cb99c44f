import numpy as np
import polars as pl

from leadscore.features.encoders import TargetRates
from leadscore.models.members.member import Matrix, Sample
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.own_protocol import judged_as_published

N = 400


def leads_of_their_own() -> TrainingSet:
    """Each lead is of an account of its own, and half convert: nothing can be learned."""
    rng = np.random.default_rng(0)
    leads = pl.DataFrame({"account": [f"account {i}" for i in range(N)]})
    return TrainingSet(leads, (rng.random(N) < 0.5).astype(np.int64), None, None)


def first_column(sample: Sample, unseen: Matrix) -> np.ndarray:
    return unseen[:, 0]


def test_an_encoder_that_saw_every_outcome_is_right_about_all_of_them() -> None:
    converted, probability = judged_as_published(
        TargetRates(("account",), 1.0, 0), leads_of_their_own(), first_column, treatment="none", share=0.25, seed=7
    )
    assert len(converted) == N / 4
    assert ((probability > 0.5) == (converted == 1)).all(), "the slip: outcomes of judged leads are in their own rates"


def test_what_is_made_up_before_the_split_judges_too() -> None:
    known = leads_of_their_own()
    few = TrainingSet(known.leads, np.where(np.arange(N) < 40, 1, 0), None, None)
    converted, _ = judged_as_published(
        TargetRates(("account",), 1.0, 0), few, first_column, treatment="smote_undersample", share=0.25, seed=7
    )
    assert len(converted) == 2 * 360 / 4
    assert converted.mean() == 0.5
