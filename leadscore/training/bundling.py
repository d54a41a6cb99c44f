"""What a training yields: the fits, and the bundle that they are saved in."""

import logging
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from pydantic import JsonValue

from leadscore.due import newest
from leadscore.features.inputs import Input
from leadscore.features.profile import ROWS, Profile
from leadscore.features.shown import ShownRates
from leadscore.models.budget import Budget
from leadscore.models.bundle import Artifact, Bundle
from leadscore.models.fit import Fit, Grow, grow_here
from leadscore.models.recipe import Recipe, TrainingContext, TrainingSet
from leadscore.models.train import Trained, train
from leadscore.schema import Kind
from leadscore.settings import Settings
from leadscore.training.prepare import Known
from leadscore.training.spreading import limited

log = logging.getLogger(__name__)

HELD_AGAINST = 1000  # leads of which tables and boosters must say the same
AGREEMENT = 1e-4  # log-odds: far more than float32 rounds, far less than a tree that was read wrongly


def fit(
    known: Known,
    settings: Settings,
    budget: Budget,
    first: Recipe | None,
    grow: tuple[Grow, Grow] = (grow_here, grow_here),
) -> Trained:
    """Train both fits on the known leads, each as ``grow`` says; last week's recipe is tried ``first``."""
    return train(
        training_set(known),
        known.split,
        known.shipped,
        learnable(known),
        settings.features,
        training_context(known, settings),
        first=first,
        journals=journals(settings.models.dir),
        budget=budget,
        grow=grow,
    )


def learnable(known: Known) -> tuple[Input, ...]:
    """The inputs that may become features. Words of free text have no counts that partitions could be summed by."""
    inputs = known.inputs.columns
    return inputs if known.partitions is None else tuple(each for each in inputs if each.kind is not Kind.TEXT)


def training_set(known: Known) -> TrainingSet:
    """All known leads as the fits take them."""
    return TrainingSet(known.leads.leads, known.leads.converted, known.leads.account, known.order)


def training_context(known: Known, settings: Settings) -> TrainingContext:
    """What every fit of this training needs beside its leads."""
    training = settings.training if known.partitions is None else limited(settings.training)
    compute = settings.compute
    return TrainingContext(
        training, settings.cutoff, leads_per_week(known), compute.n_threads, log.info, compute.device
    )


def leads_per_week(known: Known) -> float | None:
    """How many leads came in, a week of the time that the known ones span; None without times."""
    first, last = window(known.leads.lives)
    if first is None or last is None or first == last:
        return None
    n = known.partitions.height if known.partitions else len(known.leads.converted)
    return n / ((last - first) / timedelta(weeks=1))


def journals(folder_url: str) -> Path | None:
    """The folder of the journals of searches, beside the models; None where these are not in a local folder."""
    files, folder = url_to_fs(folder_url)
    if not isinstance(files, LocalFileSystem):
        log.info("models.dir is no local folder: a search that is killed starts anew")
        return None
    path = Path(folder) / "searches"
    path.mkdir(parents=True, exist_ok=True)
    return path


def bundle(known: Known, trained: Trained, card: dict[str, JsonValue]) -> Bundle:
    """All that scoring needs, with the ``card`` of the model."""
    learned = training_set(known)[known.shipped]  # copies count once here, too
    require_agreement(trained.shipped, learned.leads[:HELD_AGAINST])
    base_rate = float(learned.converted.mean())
    parts = (known.schema, known.rules, known.inputs, trained.shipped, trained.evaluation)
    shown = shown_rates(learned, trained.shipped)
    return Bundle(*parts, base_rate, trained.recipe, known.seen, card, shown, profile(known, trained))


def require_agreement(fit: Fit, leads: pl.DataFrame) -> None:
    """Raise AssertionError if what scores leads at night, the trees as tables, says else than the boosters."""
    matrix, explainer = fit.features.transform(leads), fit.explainer()
    error = np.abs(explainer.log_odds(explainer.contributions(matrix)) - fit.ensemble.log_odds(matrix)).max()
    assert error < AGREEMENT, f"the tables of the model are off by {error:.1e}"


def shown_rates(learned: TrainingSet, fit: Fit) -> ShownRates:
    """How often the leads that the ``fit`` learned from converted, by what reasons show of them."""
    shown = fit.features.display(learned.leads).select(fit.features.valued)
    return ShownRates.learn(shown, learned.converted)


def profile(known: Known, trained: Trained) -> Profile:
    """How the leads of the shipped fit are spread over the bins of its features.

    What share of a category's values will be new is told by the holdout and the fit that has not seen it.
    """
    leads, fresh = known.leads.leads, known.leads.leads[known.split.holdout]
    trained_on = known.shipped[:: max(len(known.shipped) // ROWS, 1)]
    learned = Profile.of(trained.shipped.features, trained.shipped.features.transform(leads[trained_on]))
    met = Profile.of(trained.evaluation.features, trained.evaluation.features.transform(fresh))
    return learned.expecting_unseen(met)


def save_card(artifact: Artifact, text: str) -> None:
    """Write the card of a model beside its bundle, for people to open; nothing reads it."""
    files, path = url_to_fs(artifact.uri)
    files.pipe_file(path.removesuffix(".zip") + ".md", text.encode())


def window(lives: pl.DataFrame) -> tuple[datetime | None, datetime | None]:
    """When the first and the last of the leads came in."""
    first = lives["created_at"].min()
    return first if isinstance(first, datetime) else None, newest(lives)
