"""One origin of a backtest: a retrain on what was known then, the gate's verdict, and scores of the leads to come."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadscore.backtest.history import History, Span
from leadscore.features.inputs import Input
from leadscore.models.bundle import Bundle
from leadscore.models.fit import fit_recipe
from leadscore.models.gate import Bout, Verdict, challenge, judge
from leadscore.models.members.member import Floats, Labels
from leadscore.models.recipe import TrainingSet
from leadscore.models.selecting import select
from leadscore.models.split import hashed
from leadscore.training.bundling import training_context, training_set
from leadscore.training.contest import Ring, regraded, sliced
from leadscore.training.known import find_known
from leadscore.training.lessons import as_held
from leadscore.training.prepare import Known, prepare
from leadscore.training.snapshots import as_inputs_say
from leadscore.validate.masks import failures


@dataclass(frozen=True)
class Model:
    """What a retrain at ``origin`` would have come to; ``known`` leads with an outcome were there, ``won`` of them."""

    origin: datetime
    bundle: Bundle
    known: int
    won: int


@dataclass(frozen=True)
class Trial:
    """A model before the gate: its evaluation fit's ``probability`` (h,) for the held-out leads in the ``ring``.

    ``alone`` is how it fares against the base rate.
    """

    model: Model
    ring: Ring
    converted: Labels
    probability: Floats
    alone: Verdict


@dataclass(frozen=True)
class Scored:
    """The raw ``probability`` (n,) and the outcomes (n,) of the leads that were scored and are settled by now.

    They are called from the ``cutoff`` on. ``came`` counts all leads of the span, ``waiting`` those without an outcome
    yet, ``quarantined`` those that fail a rule; ``as_first_seen`` are the scored ones taken as they were then.
    """

    converted: Labels
    probability: Floats
    cutoff: float
    came: int
    waiting: int
    quarantined: int
    as_first_seen: int


def retrain(history: History, origin: datetime) -> Trial:
    """By the champion's recipe and settings, with nothing that came later; the rounds are found anew.

    Raises what the retrain would have been refused with, NotEnoughLeads above all.
    """
    settings, lives = history.settings, history.at(origin)
    training, threads = settings.training, settings.compute.n_threads
    found = find_known(lives, settings.leads, origin, training.maturity_days, training.seed)
    closed, still_open = (
        history.chunk(lives.filter(pl.col("lead_id").is_in(ids.implode()))) for ids in (found.known, found.open)
    )
    snapshots = history.snapshots.join(closed.lives, on="lead_id", how="semi", maintain_order="left")
    known = prepare(history.source, closed, still_open, snapshots, found, origin, settings)
    leads, at = training_set(known), training_context(known, settings).quiet
    before, held = leads[known.split.train], leads[known.split.holdout]
    inputs = selected(known, before, history)
    evaluation, recipe = fit_recipe(before, inputs, history.champion.recipe.without_rounds(), at)
    shipped, _ = fit_recipe(leads[known.shipped], inputs, recipe, at)
    base_rate = float(leads.converted[known.shipped].mean())
    parts = (known.schema, known.rules, known.inputs, shipped, evaluation)
    bundle = Bundle(*parts, base_rate, recipe, known.seen, {})
    probability = evaluation.probability(held.leads, threads=threads)
    return Trial(
        model=Model(origin, bundle, len(leads.converted), int(leads.converted.sum())),
        ring=Ring.of(known, closed, still_open),
        converted=held.converted,
        probability=probability,
        alone=judge(held.converted, probability, float(before.converted.mean()), training.seed),
    )


def selected(known: Known, before: TrainingSet, history: History) -> list[Input]:
    """The inputs that the limits of the settings leave."""
    settings, inputs = history.settings, known.inputs.columns
    limits = settings.features, settings.training.seed, settings.compute.n_threads
    out = select(before.leads, before.converted, inputs, *limits).left_out
    return [each for each in inputs if each.source not in out]


def verdict(trial: Trial, champion: Model | None, history: History) -> Verdict:
    """What the gate would have said of the model, beside the ``champion`` of those days.

    The two score equally fast, as far as the gate knows: they are of one recipe.
    """
    if champion is None:
        return trial.alone
    threads, lives = history.settings.compute.n_threads, trial.ring.held.lives
    new = ~np.isin(hashed(lives["lead_id"].to_numpy()), champion.bundle.seen)
    theirs = champion.bundle.evaluation.probability(trial.ring.read(trial.ring.held, champion.bundle), threads=threads)
    bout = Bout(
        version=f"of {champion.origin:%Y-%m-%d}",
        age_days=(trial.model.origin - champion.origin) / timedelta(days=1),
        converted=trial.converted[new],
        challenger=trial.probability[new],
        champion=theirs[new],
        slices={by: names[new] for by, names in sliced(lives, trial.ring.before).items()},
        regraded=regraded(trial.model.bundle, champion.bundle, trial.ring, threads),
        speed=1.0,
        longer_s=0.0,
    )
    return challenge(bout, trial.alone, history.settings.gate, history.settings.training.seed)


def score(history: History, model: Model, span: Span) -> Scored:
    """The leads that came in during the ``span``, as they looked when they were first scored, as far as is known.

    Their histories are of outcomes that were known when each came in, and none is from after the span.
    """
    came, bundle = history.came(span), model.bundle
    settled = history.settled(came.lives).to_numpy()
    failed = failures(came.raw, bundle.schema, bundle.rules)["row"].unique().to_numpy()
    sound = ~np.isin(np.arange(came.raw.height), failed)
    rows = np.flatnonzero(settled & sound)
    conformed = as_inputs_say(bundle.schema.conform(came.raw[rows]), came.inputs[rows])
    first_seen, lives = int(came.inputs[rows].is_not_null().sum()), came.lives[rows]
    leads = as_held(lives, conformed, history.settings.leads) if first_seen else lives
    frame = bundle.inputs.frame(bundle.inputs.readings.read(conformed), leads, history.at(span.end))
    return Scored(
        converted=lives["label"].to_numpy().astype(np.int64),
        probability=bundle.shipped.probability(frame, threads=history.settings.compute.n_threads),
        cutoff=bundle.shipped.cutoff.value,
        came=came.raw.height,
        waiting=int((~settled).sum()),
        quarantined=int((settled & ~sound).sum()),
        as_first_seen=first_seen,
    )
