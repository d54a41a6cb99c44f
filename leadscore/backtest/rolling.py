"""The backtest: origin by origin a retrain, the gate, and the champion's scores of what came next."""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime

import polars as pl

from leadscore.backtest.figures import Backtest, Judged, Period, total
from leadscore.backtest.history import History, Span
from leadscore.backtest.replay import Model, Scored, retrain, score, verdict
from leadscore.errors import LeadScoreError, NotEnoughLeads
from leadscore.job import Every

log = logging.getLogger(__name__)


def backtest(
    history: History,
    every: Every,
    *,
    first: datetime | None = None,
    last: datetime | None = None,
    latest: int | None = None,
) -> Backtest:
    """Replay the origins from ``first`` to ``last``, or the ``latest`` so many of those that can be judged.

    Raises NotEnoughLeads if no model would have scored a lead that converted.
    """
    whole = history.spans(every)
    asked = [span for span in whole if (first or span.start) <= span.start <= (last or span.start)]
    ripe = [span for span in history.ripe(whole) if span in asked]
    replayed = list(_replayed(history, ripe[-latest:] if latest else ripe))
    periods, scored = [period for period, _ in replayed], [each for _, each in replayed if each]
    if not any(each.converted.sum() for each in scored):
        why = periods[-1].verdict if periods else f"{len(asked)} were asked for, and {len(ripe)} can be judged."
        raise NotEnoughLeads(
            f"There is no whole {every} in which a model of that time would have scored a conversion. {why}",
            "wait for more outcomes, or ask for other origins.",
        )
    return Backtest(
        now=history.now,
        every=every,
        champion=history.version,
        recipe=history.champion.recipe,
        periods=tuple(periods),
        total=total(scored, history.settings.training.seed),
        notes=tuple(_notes(history, periods, [span for span in asked if span not in ripe])),
    )


def _replayed(history: History, spans: Sequence[Span]) -> Iterator[tuple[Period, Scored | None]]:
    """Each of the periods with what was scored in it, if anything could be judged."""
    champion: Model | None = None
    for i, span in enumerate(spans, start=1):
        started = time.perf_counter()
        model, promoted, why = _retrained(history, span.start, champion)
        champion = model if promoted else champion
        scored = score(history, champion, span) if champion else None
        period = Period(
            start=span.start,
            end=span.end,
            known=model.known if model else None,
            base_rate=model.won / model.known if model else None,
            promoted=promoted,
            verdict=why,
            judged=Judged.of(scored, champion, history.settings.training.seed) if scored and champion else None,
        )
        done = f"{span.start:%Y-%m-%d} ({i} of {len(spans)}, {time.perf_counter() - started:.0f} s)"
        log.info("%s: %s", done, _told(period))
        yield period, scored if scored and len(scored.converted) else None


def _retrained(history: History, origin: datetime, champion: Model | None) -> tuple[Model | None, bool, str]:
    """The model of an origin, if there was one, whether it was promoted, and why."""
    try:
        trial = retrain(history, origin)
    except LeadScoreError as error:
        return None, False, error.message
    found = verdict(trial, champion, history)
    return trial.model, found.promote, found.reason


def _told(period: Period) -> str:
    judged = period.judged
    if judged is None:
        return f"no champion. {period.verdict}"
    f1 = f", F1 {judged.measures.f1.value:.3f}" if judged.measures else ""
    who = "promoted" if period.promoted else f"the model of {judged.model:%Y-%m-%d} stays"
    return f"{who}; {judged.n:,} leads judged, {judged.conversions:,} conversions{f1}"


def _notes(history: History, periods: Sequence[Period], unripe: Sequence[Span]) -> Iterator[str]:
    """What the figures leave open, in sentences."""
    judged = [period.judged for period in periods if period.judged]
    n, first_seen = sum(each.n for each in judged), sum(each.as_first_seen for each in judged)
    yield (
        "Rows are as the source holds them today: a column that is filled in or changed after a lead came in looks "
        f"better here than at night. {first_seen:,} of {n:,} judged leads are as they were when they were first scored."
    )
    yield (
        f"Columns, members and parameters are those of champion {history.version}, which were chosen with the leads of "
        "today; all else was learned anew at each origin."
    )
    yield "Probabilities are the models' own: the adjustment to a moved base rate is not replayed."
    if waiting := sum(each.waiting for each in judged):
        yield f"{waiting:,} leads that came in have no outcome yet, and are left out."
    if unripe:
        yield (
            f"{len(unripe):,} origins between {unripe[0].start:%Y-%m-%d} and {unripe[-1].start:%Y-%m-%d} are left out: "
            "too few of their leads have an outcome yet, mostly the quick ones."
        )
    timeless = pl.col("label").is_not_null() & pl.col("closed_at").is_null()
    if history.maturity_days is None and (n_timeless := history.lives.filter(timeless).height):
        yield f"{n_timeless:,} leads have an outcome without a time: it counts as known from the day they came in."
