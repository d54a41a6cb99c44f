"""What a run did, in plain words: the same on the terminal and in Prefect's artifact."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from leadscore.errors import LeadScoreError
from leadscore.models.cutoff import Cutoff
from leadscore.models.metrics import Estimate, Measures
from leadscore.models.prior_shift import Adjustment
from leadscore.models.train import Trained
from leadscore.monitor.measure import Measure
from leadscore.pipeline import Pipeline
from leadscore.store.base_rate import BaseRate
from leadscore.store.publish import Published
from leadscore.store.registry import Entry
from leadscore.store.runs import Run
from leadscore.training.prepare import Known

DUE = "that are new or changed, not yet scored by this model and these rules, or without a sound key"
HOLDOUTS = {
    "latest": "the latest known leads",
    "accounts": "known leads of accounts drawn at random",
    "random": "known leads drawn at random",
}
STANDING = ("plain", "identifier")  # readings of columns that are taken as they stand
UNKNOWN = "Whether open leads will convert more or less often than in training"
MOST_TOLD = 5  # breaches that a summary names; the table `monitoring` has them all
STRONGEST = 5  # columns named, by permutation importance on the holdout


@dataclass(frozen=True)
class Summary:
    """A title and facts, each a label and a text."""

    title: str
    facts: tuple[tuple[str, str], ...]

    def markdown(self) -> str:
        rows = "\n".join(f"| {label} | {text} |" for label, text in self.facts)
        return f"## {self.title}\n\n| | |\n|---|---|\n{rows}\n"


SCOPES = {"due": DUE, "full": "(all that are open)", "backfill": "that were open then"}


def night(run: Run, pipeline: Pipeline, done: Published, by_rule: Sequence[tuple[str, int]]) -> Summary:
    """One night's run."""
    rules = ", ".join(f"{leads:,} by {rule}" for rule, leads in by_rule)
    return Summary(
        f"Scores as of {run.as_of:%Y-%m-%d %H:%M} UTC",
        (
            *_warning(done.measures),
            ("in the source", f"{pipeline.n_in_source:,} leads, {pipeline.n_open:,} of them open"),
            ("pulled", f"{done.n_pulled:,} leads {SCOPES[run.scope]}"),
            ("quarantined", f"{done.n_quarantined:,}" + (f" (now in quarantine: {rules})" if rules else "")),
            ("scored", f"{done.n_scored:,}"),
            *_missed(pipeline, done),
            _effect(run, done),
            *_base_rate(done.base_rate),
            *_monitoring(done.measures),
            ("model", run.model_version),
            ("run", run.run_id),
        ),
    )


def _warning(measures: Sequence[Measure]) -> list[tuple[str, str]]:
    """What is beyond its limit, the farthest first."""
    breached = sorted((each for each in measures if each.breached), key=lambda each: each.excess, reverse=True)
    if not breached:
        return []
    more = f"; and {len(breached) - MOST_TOLD} more" if len(breached) > MOST_TOLD else ""
    return [("warning", f"beyond the limits of monitoring: {'; '.join(map(str, breached[:MOST_TOLD]))}{more}")]


def _monitoring(measures: Sequence[Measure]) -> list[tuple[str, str]]:
    """How much was judged, and why the rest was not."""
    if not measures:
        return []
    n_limits, n_breached = sum(each.limit is not None for each in measures), sum(each.breached for each in measures)
    untold = Counter(each.reason for each in measures if each.value is None)
    why = "".join(f"; {n:,} not judged: {reason}" for reason, n in untold.items())
    return [("monitoring", f"{n_breached:,} of {n_limits:,} measures are beyond their limits{why}")]


def _base_rate(found: BaseRate | None) -> list[tuple[str, str]]:
    """How likely the open leads look to convert and what follows from that, in words, then in figures."""
    return [("base rate", f"{_followed(found)} {_assumed(found)}")] if found else []


def _followed(found: BaseRate) -> str:
    now, before, shift = found.now, found.before, found.shift
    stays = f"adjustment {now.number} stays" if now.number else "no adjustment"
    trained = f"at adjustment {before.number}" if before.number else "in training"
    if now != before and not now.number:
        return "The adjustment is taken back, as [cutoff] shift wants: every probability is as the model says."
    if now != before:
        return f"Open leads look {_moved(now.base_rate, before)} than {trained}; every probability was adjusted."
    if shift is None:
        return f"{UNKNOWN} was not estimated; {stays}."
    if not shift.believed:
        return f"{UNKNOWN} cannot be told; {stays}."
    if found.only_told:
        return f"Open leads look {_moved(shift.base_rate, now)} than {trained}; [cutoff] shift wants no adjustment."
    if shift.unproven is not None:
        return f"Open leads look less likely to convert than in training, but no outcomes show it yet; {stays}."
    return f"Open leads look about as likely to convert as {trained}; {stays}."


def _moved(base_rate: float, before: Adjustment) -> str:
    return f"{'more' if base_rate > before.base_rate else 'less'} likely to convert"


def _assumed(found: BaseRate) -> str:
    """The base rate that the probabilities stand for, and the estimate."""
    now, before, shift = found.now, found.before, found.shift
    moved = "" if now == before else f" ({before.base_rate:.1%} before)"
    told = f"Assumed: {now.base_rate:.1%}{moved} will convert, cutoff {found.cutoff:.3f}"
    if not shift:
        return f"{told}."
    value = shift.base_rate if shift.unproven is None else shift.unproven
    basis = f"from {shift.reason}" if shift.believed else f"not believed: {shift.reason}"
    return f"{told}; estimated: {value:.1%} ({shift.low:.1%} to {shift.high:.1%}), {basis}."


def _missed(pipeline: Pipeline, done: Published) -> list[tuple[str, str]]:
    n_missed = pipeline.n_missed(done.n_pulled)
    if not n_missed:
        return []
    return [("missed", f"{n_missed:,} leads that changed or vanished while they were read: the next run sees to them")]


def _effect(run: Run, done: Published) -> tuple[str, str]:
    if run.scope == "backfill":
        return "backfill", "a moment before the present scores: only added to lead_score_history, marked as such"
    return "left", f"{done.n_removed:,} scores of leads that closed, vanished or failed validation"


def published_before(run: Run) -> Summary:
    """A run that found its work done."""
    return Summary(
        f"Scores as of {run.as_of:%Y-%m-%d %H:%M} UTC",
        (("nothing to do", f"run {run.run_id} has been published before"), ("model", run.model_version)),
    )


def serving(api: str, runs: Mapping[str, datetime], timezone: str) -> Summary:
    """What `leadscore up` serves: where to look, when each flow runs next, how to start one by hand and how to end."""
    return Summary(
        "leadscore is up",
        (
            ("look", api.removesuffix("/api")),
            *((f"next {flow}", local(time, timezone)) for flow, time in runs.items()),
            ("by hand", f"PREFECT_API_URL={api} prefect deployment run score/nightly"),
            ("end", "Ctrl-C"),
        ),
    )


def local(time: datetime, timezone: str) -> str:
    """A moment in naive UTC to the minute, as the clocks of a time zone show it."""
    return f"{time.replace(tzinfo=UTC).astimezone(ZoneInfo(timezone)):%a %Y-%m-%d %H:%M %Z}"


def left(late: LeadScoreError) -> Summary:
    """A run that left its work to another."""
    return Summary("Nothing to do", (("left", late.message),))


def training(known: Known, trained: Trained, entry: Entry) -> Summary:
    """One retrain."""
    judged = f"{HOLDOUTS[trained.split.kind]}, by a fit that saw none of them, at its cutoff"
    return Summary(
        f"Model {entry.version}: {entry.status}",
        (
            ("learned from", _learned_from(known, entry)),
            *_columns(known, trained),
            ("cutoff", cutoff(trained.shipped.cutoff, trained.shipped.curve.n)),
            *figures(trained.holdout.measures, f"{judged} {trained.evaluation.cutoff.value:.3f}"),
            ("verdict", entry.reason),
        ),
    )


def cutoff(chosen: Cutoff, n_leads: int) -> str:
    """The cutoff and how it came about."""
    low, high = chosen.interval
    return (
        f"{chosen.value:.3f} (95% interval {low:.3f} to {high:.3f}): of all cutoffs {chosen.words}, by "
        f"{n_leads:,} predictions of training leads out of their folds: {chosen.metric} {chosen.reached}"
    )


def figures(measures: Measures, which: str) -> tuple[tuple[str, str], ...]:
    """Honest numbers, each with its 95% interval."""
    return (
        ("judged on", f"{which}: {measures.conversions:,} of {measures.n:,} converted"),
        ("precision", str(measures.precision)),
        ("recall", str(measures.recall)),
        ("F1", str(measures.f1)),
        ("ROC AUC", str(measures.roc_auc)),
        ("average precision", str(measures.average_precision)),
        ("log loss", str(measures.log_loss)),
    )


def told(estimate: Estimate, form: str) -> str:
    """An estimate with its 95% interval, each figure in ``form``."""
    value, low, high = (form.format(each) for each in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def _learned_from(known: Known, entry: Entry) -> str:
    dates = f", {entry.window_start:%Y-%m-%d} to {entry.window_end:%Y-%m-%d}" if entry.window_start else ""
    aside = "".join(f"; {n:,} set aside by {rule} of {column}" for rule, column, n in known.set_aside)
    converted = known.leads.converted
    told = f"{len(converted):,} leads with a known outcome, {converted.sum():,} converted{dates}{aside}{_copies(known)}"
    return f"{told}; a sample of {known.partitions.height:,}, on a cluster" if known.partitions else told


def _columns(known: Known, trained: Trained) -> list[tuple[str, str]]:
    """How columns are read, which are left out and why, and which matter most."""
    read = [f"{name} as {what}" for name, what in known.inputs.readings.names.items() if what not in STANDING]
    out = [*(f"{each.column} ({each.check})" for each in known.left_out), *trained.left_out]
    found = {"read": read, "left out": out, "strongest": list(trained.holdout.importance)[:STRONGEST]}
    return [(label, ", ".join(names)) for label, names in found.items() if names]


def _copies(known: Known) -> str:
    copies = known.copies
    if not copies or not copies.n_copies or copies.coarse:
        return ""
    return (
        f"; {copies.n_copies:,} are copies of later ones and do not count; {copies.n_conflicts:,} leads have copies "
        "with another outcome: the latest counts"
    )
