"""The challenger against the champion: each reads the same leads its own way, from its bundle as it was saved."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.errors import BundleDamaged, SchemaChanged
from leadscore.models.bundle import Bundle, load
from leadscore.models.fit import Fit
from leadscore.models.gate import Bout, Verdict, challenge, judge
from leadscore.models.slices import MISSING, by_history
from leadscore.models.split import hashed
from leadscore.models.train import Trained
from leadscore.schema import Type
from leadscore.settings import Settings
from leadscore.store.registry import Champion
from leadscore.store.source import Chunk
from leadscore.training.prepare import Held, Known
from leadscore.training.snapshots import as_inputs_say

SAME = 1e-6  # difference of two probabilities that are the same
TIMED_LEADS, TIMED_RUNS = 20_000, 3


@dataclass(frozen=True)
class Challenger:
    """A trained model, with its ``bundle`` as read back from where it was saved."""

    version: str
    bundle: Bundle
    trained: Trained


@dataclass(frozen=True)
class Ring:
    """The leads that two models meet on: ``held`` out, ``still_open``; and the lives of known leads, all the ``past``
    and those ``before`` the holdout.
    """

    held: Held
    still_open: Held
    past: pl.DataFrame
    before: pl.DataFrame

    @classmethod
    def of(cls, known: Known, closed: Chunk, still_open: Chunk) -> "Ring":
        as_they_are = pl.repeat(None, still_open.raw.height, dtype=pl.String, eager=True)
        before = known.leads.lives[known.split.train]
        past = known.past(closed.lives, still_open.lives)
        return cls(known.held, Held(still_open.raw, still_open.lives, as_they_are), past, before)

    def read(self, leads: Held, bundle: Bundle) -> pl.DataFrame:
        """The ``leads`` as the fits of ``bundle`` take them."""
        conformed = as_inputs_say(bundle.schema.conform(leads.raw), leads.inputs)
        return bundle.inputs.frame(bundle.inputs.readings.read(conformed), leads.lives, self.past)


def verdict(
    challenger: Challenger,
    champion: Champion | None,
    ring: Ring,
    columns: Mapping[str, Type | None],
    as_of: datetime,
    settings: Settings,
) -> Verdict:
    """What the gate says of the challenger, and why.

    Without a champion, or with one that cannot score the ``columns`` of the source any more, the base rate is its only
    rival.
    """
    trained, seed = challenger.trained, settings.training.seed
    leads = ring.read(ring.held, challenger.bundle)
    if (apart := gap(challenger, leads, settings.compute.n_threads)) > SAME:
        return Verdict(promote=False, reason=f"Its saved bundle predicts otherwise than it did: by up to {apart:.2g}.")
    alone = judge(trained.holdout.converted, trained.holdout.probability, trained.train_base_rate, seed)
    if champion is None:
        return alone
    if champion.version == challenger.version:
        return Verdict(promote=False, reason="It is the champion: nothing that it is learned from has changed.")
    try:
        rival = load(champion.uri, champion.sha256)
        rival.schema.check(columns)
    except (BundleDamaged, SchemaChanged) as error:
        gone = f"Champion {champion.version} cannot score any more, so the base rate is the only rival. {error.message}"
        return Verdict(promote=alone.promote, reason=f"{gone} {alone.reason}")
    age_days = (as_of - champion.as_of) / timedelta(days=1)
    met = meet(challenger, leads, rival, champion.version, age_days, ring, settings.compute.n_threads)
    return challenge(met, alone, settings.gate, seed)


def gap(challenger: Challenger, leads: pl.DataFrame, threads: int) -> float:
    """How far at most the saved bundle's predictions for the held-out ``leads``, read from the source's rows, are from
    those of the training.
    """
    trained, saved = challenger.trained, challenger.bundle
    evaluation = saved.evaluation.probability(leads, threads=threads) - trained.holdout.probability
    shipped = saved.shipped.probability(leads, threads=threads) - trained.shipped.probability(leads, threads=threads)
    return float(max(np.abs(evaluation).max(), np.abs(shipped).max()))


def meet(
    challenger: Challenger,
    leads: pl.DataFrame,
    rival: Bundle,
    version: str,
    age_days: float,
    ring: Ring,
    threads: int,
) -> Bout:
    """Both models on the held-out ``leads``, as the challenger reads them, that are new to both, and on open ones."""
    trained, lives = challenger.trained, ring.held.lives
    new = ~np.isin(hashed(lives["lead_id"].to_numpy()), rival.seen)
    theirs = ring.read(ring.held, rival)
    timed = seconds(rival.shipped, theirs, threads), seconds(challenger.bundle.shipped, leads, threads)
    return Bout(
        version=version,
        age_days=age_days,
        converted=trained.holdout.converted[new],
        challenger=trained.holdout.probability[new],
        champion=rival.evaluation.probability(theirs, threads=threads)[new],
        slices={by: names[new] for by, names in sliced(lives, ring.before).items()},
        regraded=regraded(challenger.bundle, rival, ring, threads),
        speed=timed[0] / timed[1],
        longer_s=(timed[1] - timed[0]) / min(leads.height, TIMED_LEADS) * ring.still_open.raw.height,
    )


def sliced(lives: pl.DataFrame, before: pl.DataFrame) -> dict[str, NDArray[np.str_]]:
    """The slice (n,) of each of the ``lives``, by what it is sliced: its history in the leads ``before``, its owner."""
    owner = lives["owner_id"].cast(pl.String).fill_null(MISSING)
    named = {"history": by_history(lives, before), "owner": owner.to_list()}
    return {by: np.array(names, dtype=np.str_) for by, names in named.items() if names}


def regraded(challenger: Bundle, champion: Bundle, ring: Ring, threads: int) -> float | None:
    """The share of the open leads whose grade would change; None without open leads."""
    if ring.still_open.raw.is_empty():
        return None
    ours, theirs = (grades(each.shipped, ring.read(ring.still_open, each), threads) for each in (challenger, champion))
    return float((ours != theirs).mean())


def grades(fit: Fit, leads: pl.DataFrame, threads: int) -> NDArray[np.str_]:
    """A to D (n,) by the frozen reference of the fit."""
    return fit.reference.grade(fit.reference.score(fit.probability(leads, threads=threads)))


def seconds(fit: Fit, leads: pl.DataFrame, threads: int) -> float:
    """The least of three times that ``fit`` takes for the ``leads``: what else the machine does only adds to it."""
    taken = []
    for _ in range(TIMED_RUNS):
        started = time.perf_counter()
        fit.probability(leads.head(TIMED_LEADS), threads=threads)
        taken.append(time.perf_counter() - started)
    return min(taken)
