"""Every recipe on one honest split: fitted on the leads before the holdout, and judged on the holdout.

What was fitted is kept in a folder, by a digest of leads, settings and code: a comparison that was killed goes on with
the recipe that it was at.
"""

import hashlib
import inspect
import logging
import os
import platform
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

import leadscore
from leadscore.errors import LeadScoreError
from leadscore.models.budget import Budget
from leadscore.models.members.member import Labels
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.champion import ChampionsRecipe
from leadscore.recipes.figures import Comparison, Entry, Figures, Judged, OwnFigures, differences
from leadscore.recipes.leads import Champion
from leadscore.recipes.method import Method, OwnProtocol, Scorer, Work
from leadscore.settings import Settings
from leadscore.training.bundling import training_context, training_set
from leadscore.training.prepare import Known

log = logging.getLogger(__name__)

KEPT = "fitted"  # the folder of what is kept, in that of the comparison
CHAMPION = "champion's recipe"
MAIN = ""  # the name of a recipe's own scorer among those beside it
TIMED = 2  # times that the holdout is scored: the first warms up


class Kept(BaseModel):
    model_config = ConfigDict(frozen=True)


class Scored(Kept):
    """What a scorer says of the held-out leads (h,)."""

    cutoff: float
    probability: tuple[float, ...]
    leads_per_second: float


class Own(Kept):
    """What a write-up's own protocol found: see `OwnProtocol`."""

    converted: tuple[int, ...]
    probability: tuple[float, ...]
    cutoff: float
    words: str


class Outcome(Kept):
    """What came of a fit: the scorers by name, or why there are none."""

    skipped: str | None = None
    seconds: float = 0.0
    scored: dict[str, Scored] = {}
    notes: tuple[str, ...] = ()
    own: Own | None = None


@dataclass(frozen=True)
class Arena:
    """The leads ``before`` the holdout and those ``held`` out, and what all recipes have in common."""

    known: Known
    before: TrainingSet
    held: TrainingSet
    settings: Settings
    budget_s: int
    folder: Path

    @classmethod
    def of(cls, known: Known, settings: Settings, budget_s: int, folder: Path) -> "Arena":
        leads = training_set(known)
        return cls(known, leads[known.split.train], leads[known.split.holdout], settings, budget_s, folder / KEPT)


def compare(arena: Arena, methods: Sequence[Method], champion: Champion | None, now: datetime) -> Comparison:
    """Fit and judge the champion's recipe and the ``methods``, one after the other."""
    own = ChampionsRecipe(
        name=CHAMPION,
        summary="What the search of a retrain decided.",
        recipe=champion.recipe if champion else None,
        limits=arena.settings.features,
    )
    every = [own, *methods]
    outcomes = [outcome_of(method, arena, f"{i} of {len(every)}") for i, method in enumerate(every, start=1)]
    log.info("judging %d recipes on %d held-out leads", len(every), len(arena.held.converted))
    theirs = outcomes[0].scored.get(MAIN)
    entries = tuple(entry(*pair, theirs, arena) for pair in zip(every, outcomes, strict=True))
    return Comparison(
        made=now,
        leadscore=version("leadscore"),
        machine=machine(arena.settings.compute.n_threads),
        seed=arena.settings.training.seed,
        budget_s=arena.budget_s,
        holdout=arena.known.split.kind,
        n_train=len(arena.before.converted),
        conversions_train=int(arena.before.converted.sum()),
        n_holdout=len(arena.held.converted),
        conversions_holdout=int(arena.held.converted.sum()),
        champion=champion.version if champion else None,
        entries=entries,
    )


def outcome_of(method: Method, arena: Arena, place: str) -> Outcome:
    """What came of a recipe, from the folder where it has been fitted before."""
    if missing := method.lacks():
        log.info("%s (%s): skipped. %s", method.name, place, missing)
        return Outcome(skipped=missing)
    name = digest(method, arena)
    file = arena.folder / f"{name}.json"
    if file.is_file():
        log.info("%s (%s): fitted before", method.name, place)
        return Outcome.model_validate_json(file.read_bytes())
    log.info("%s (%s): %s", method.name, place, method.summary)
    work = working(method, arena, arena.folder / name)
    try:
        found = fitted(method, arena, work)
    except LeadScoreError as error:
        log.info("%s: skipped. %s", method.name, error)
        return Outcome(skipped=str(error))
    keep(file, found)
    return found


def working(method: Method, arena: Arena, folder: Path) -> Work:
    """What the recipe works with; its progress is told under its name."""
    folder.mkdir(parents=True, exist_ok=True)
    context = training_context(arena.known, arena.settings)
    context = replace(context, progress=lambda words: log.info("%s: %s", method.name, words))
    return Work(context, Budget(arena.budget_s), folder)


def fitted(method: Method, arena: Arena, work: Work) -> Outcome:
    """Fit a recipe, score the holdout by all its scorers, and have it judge itself in its own way."""
    started = time.perf_counter()
    found = method.fit(arena.before, arena.known.inputs, work)
    seconds = time.perf_counter() - started
    scorers = {MAIN: found.scorer, **found.beside}
    scored = {name: scored_by(scorer, arena) for name, scorer in scorers.items()}
    log.info("%s: fitted in %.0f s; the protocol of its write-up", method.name, seconds)
    own = method.own_protocol(arena.before, arena.known.inputs, work)
    return Outcome(seconds=seconds, scored=scored, notes=found.notes, own=own and as_kept(own))


def scored_by(scorer: Scorer, arena: Arena) -> Scored:
    taken = []
    for _ in range(TIMED):
        started = time.perf_counter()
        probability = scorer.probability(arena.held.leads)
        taken.append(time.perf_counter() - started)
    speed = len(probability) / min(taken)
    return Scored(cutoff=scorer.cutoff, probability=tuple(probability.tolist()), leads_per_second=speed)


def as_kept(own: OwnProtocol) -> Own:
    return Own(
        converted=tuple(own.converted.tolist()),
        probability=tuple(own.probability.tolist()),
        cutoff=own.cutoff,
        words=own.words,
    )


def entry(method: Method, outcome: Outcome, theirs: Scored | None, arena: Arena) -> Entry:
    """The figures of one recipe."""
    seed, about = arena.settings.training.seed, {"name": method.name, "write_up": method.write_up}
    if outcome.skipped:
        return Entry(**about, summary=method.summary, skipped=outcome.skipped)
    held, (main, beside) = arena.held.converted, apart(outcome.scored)
    own = outcome.own and OwnFigures(
        words=outcome.own.words,
        figures=Figures.of(
            np.array(outcome.own.converted), np.array(outcome.own.probability), outcome.own.cutoff, seed
        ),
    )
    return Entry(
        **about,
        summary=method.summary,
        fit_seconds=outcome.seconds,
        judged=judge(main, theirs, held, seed),
        beside={name: judge(each, main, held, seed) for name, each in beside.items()},
        own_protocol=own,
        notes=outcome.notes,
    )


def apart(scored: dict[str, Scored]) -> tuple[Scored, dict[str, Scored]]:
    """A recipe's own scorer, and those beside it."""
    return scored[MAIN], {name: each for name, each in scored.items() if name != MAIN}


def judge(each: Scored, other: Scored | None, converted: Labels, seed: int) -> Judged:
    """The figures of a scorer, and by how much they exceed those of the ``other``, unless that is the same."""
    probability = np.array(each.probability)
    figures = Figures.of(converted, probability, each.cutoff, seed)
    found = {}
    if other and other != each:
        pair = (np.array(other.probability), other.cutoff), (probability, each.cutoff)
        found = differences(converted, *pair, seed)
    return Judged(figures=figures, leads_per_second=each.leads_per_second, differences=found)


def keep(file: Path, found: Outcome) -> None:
    """Write what was fitted, whole or not at all."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(found.model_dump_json(), encoding="utf-8")
    os.replace(unfinished, file)


def digest(method: Method, arena: Arena) -> str:
    """A name for all that a fit depends on: leads, split, settings, and the code of the recipe."""
    found = hashlib.blake2b(digest_size=8)
    split, leads = arena.known.split, arena.known.leads
    for part in (leads.leads.hash_rows().to_numpy(), leads.converted, split.train, split.holdout):
        found.update(np.ascontiguousarray(part).data)
    settings = (arena.settings.training, arena.settings.cutoff, arena.settings.features)
    found.update("".join(each.model_dump_json() for each in settings).encode())
    found.update(f"{arena.budget_s} {method.name}".encode())
    if isinstance(method, ChampionsRecipe):
        found.update((method.recipe.model_dump_json() if method.recipe else "").encode())
    for file in code(method):
        found.update(file.read_bytes())
    plain = re.sub(r"\W+", "-", method.name)
    return f"{plain}-{found.hexdigest()}"


def code(method: Method) -> list[Path]:
    """The files that recipes are made of: those of the library, and that of one's own."""
    folder = Path(leadscore.__file__).parent
    parts = (file for name in ("recipes", "features", "models", "text_model") for file in (folder / name).rglob("*.py"))
    return sorted({*parts, Path(inspect.getfile(type(method)))})


def machine(threads: int) -> str:
    return f"{platform.system()} {platform.machine()}, {threads} threads, Python {platform.python_version()}"
