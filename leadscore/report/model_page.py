"""The page of a model: its card with charts, beside the champions."""

import json
from collections.abc import Callable, Iterator, Sequence

from leadscore.leaks.findings import Finding
from leadscore.models.metrics import Bin, Estimate, Gain, Measures
from leadscore.models.slices import Slice
from leadscore.report import curves
from leadscore.report.blocks import Block, Cell, Charts, Column, Fact, Facts, Note, Page, Section, Table
from leadscore.report.charts import Axis, Row, ranges
from leadscore.report.limits import limits
from leadscore.report.model_card import CALIBRATIONS, SHOWN, USE
from leadscore.report.shown import count, moment, number, percent, prose, ranged, share, when
from leadscore.report.words import HOLDOUTS, cutoff
from leadscore.store.told import ToldModel
from leadscore.training.card import AtCutoff, Card

NO_CURVE = Note(
    "There is nothing to draw: this model was trained by a leadscore that did not keep the curve of its holdout. The "
    "next retrain does.",
    "empty",
)
BINS: dict[Column, Callable[[Bin], Cell]] = {
    Column("leads", number=True): lambda each: count(each.n),
    Column("predicted", number=True): lambda each: share(each.predicted),
    Column("converted", number=True): lambda each: share(each.observed),
}
GAINS: dict[Column, Callable[[Gain], Cell]] = {
    Column("most probable", number=True): lambda each: share(each.share, 0),
    Column("of the conversions", number=True): lambda each: ranged(each.gain, "{:.0%}"),
    Column("lift", number=True): lambda each: ranged(each.lift, "{:.1f}"),
}
PARTS: dict[Column, Callable[[Slice], Cell]] = {
    Column("by", filters=True): lambda each: prose(each.column.replace("_", " ")),
    Column("part"): lambda each: prose(each.name),
    Column("leads", number=True): lambda each: count(each.n),
    Column("converted", number=True): lambda each: share(each.conversions / each.n),
    Column("F1", number=True): lambda each: _part(each, "f1"),
    Column("ROC AUC", number=True): lambda each: _part(each, "roc_auc"),
    Column("average precision", number=True): lambda each: _part(each, "average_precision"),
}
LEFT_OUT: dict[Column, Callable[[Finding], Cell]] = {
    Column("column"): lambda each: prose(each.column),
    Column("check"): lambda each: prose(each.check),
    Column("found", prose=True): lambda each: prose(each.figure),
}
LOWER_IS_BETTER = {"log_loss", "brier_score", "calibration_error"}


def model_page(card: Card, model: ToldModel, champions: Sequence[ToldModel]) -> Page:
    """The page of a ``model`` of which the ``card`` tells; ``champions`` have scored, the latest first."""
    found = card.evaluation
    return Page(
        title=f"Model {model.version}",
        lead=(
            f"{model.status.capitalize()}, trained on {card.sampled_from or card.trained_on.leads:,} leads as of"
            f" {moment(model.as_of)}. "
            f"All figures are of leads that it has not seen: {HOLDOUTS[found.holdout]}, {found.measures.n:,} of which "
            f"{found.measures.conversions:,} converted."
        ),
        blocks=(_facts(found.measures),),
        sections=(
            Section("ranking", "Ranking", "How well it puts the leads that convert before the others.", _ranking(card)),
            Section("cutoff", "Cutoff", *_cutoffs(card)),
            Section("probabilities", "Probabilities", *_probabilities(card)),
            Section("reached", "Who is reached", "What calling the most probable leads first brings.", _reached(card)),
            Section("parts", "Parts of the holdout", *_parts(card)),
            Section("columns", "Columns", *_columns(card)),
            Section("challenge", "Champion and challenger", *_challenge(card, model)),
            Section("history", "History of champions", *_history(model, champions)),
            Section("limits", "Use and limits", USE, tuple(Note(each) for each in limits(card))),
        ),
        foot=f"Made by leadscore. The whole card as text: leadscore models --card {model.version}",
    )


def _facts(measures: Measures) -> Facts:
    figures = ("average_precision", "roc_auc", "f1", "precision", "recall", "log_loss")
    return Facts(tuple(_fact(name, getattr(measures, name)) for name in figures))


def _fact(name: str, estimate: Estimate) -> Fact:
    return Fact(_name(name), f"{estimate.value:.3f}", f"95% interval {estimate.low:.3f} to {estimate.high:.3f}")


def _name(figure: str) -> str:
    return SHOWN.get(figure, figure.replace("_", " "))


def _ranking(card: Card) -> tuple[Block, ...]:
    curve = card.evaluation.curve
    return (Charts((curves.precision_recall(card, curve), curves.roc(card, curve))),) if curve else (NO_CURVE,)


def _cutoffs(card: Card) -> tuple[str, tuple[Block, ...]]:
    lead = f"A lead counts as one that will convert from {cutoff(card.shipped.cutoff, card.shipped.n_out_of_fold)}."
    curve = card.evaluation.curve
    drawn: Block = Charts((curves.by_cutoff(card, curve), curves.cost(card, curve))) if curve else NO_CURVE
    words = f"The fit that is judged has a cutoff of its own, {card.judged.cutoff.value:.3f}: the charts show that one."
    shown: dict[Column, Callable[[AtCutoff], Cell]] = {
        Column("cutoff", number=True): lambda at: Cell(
            f"{at.cutoff:.3f}", at.cutoff, "grade-a" if at.cutoff == card.shipped.cutoff.value else ""
        ),
        Column("called", number=True): lambda at: share(at.called),
        Column("precision", number=True): lambda at: share(at.precision),
        Column("recall", number=True): lambda at: share(at.recall),
        Column("F1", number=True): lambda at: Cell(f"{at.f1:.3f}", at.f1),
    }
    others = Table.of(
        "What other cutoffs would do, by training leads out of their folds",
        shown,
        card.shipped.curve,
        note="Called are the leads from a cutoff on; the chosen one is marked.",
    )
    return lead, (Note(words), drawn, others)


def _probabilities(card: Card) -> tuple[str, tuple[Block, ...]]:
    found = card.evaluation
    lead = (
        f"Calibrated by {CALIBRATIONS[card.judged.calibration]}: of 100 leads at 30% about 30 should convert. The "
        f"expected calibration error is {found.measures.calibration_error.value:.3f}."
    )
    table = Table.of("Predicted and converted", BINS, found.reliability)
    return lead, (Charts((curves.reliability(found), curves.grades(found))), table)


def _reached(card: Card) -> tuple[Block, ...]:
    curve, found = card.evaluation.curve, card.evaluation
    table = Table.of("Gain and lift, with 95% intervals", GAINS, found.gains)
    return (Charts((curves.gains(curve), curves.lift(curve))) if curve else NO_CURVE, table)


def _parts(card: Card) -> tuple[str, tuple[Block, ...]]:
    found = card.evaluation
    columns = list(dict.fromkeys(each.column for each in found.slices))
    drawn = [chart for column in columns if (chart := curves.parts(found, column))]
    table = Table.of(
        "All parts, with 95% intervals",
        PARTS,
        found.slices,
        empty="The holdout has no column that it can be cut by.",
        tall=len(found.slices) > 12,
        first=12,
    )
    lead = "Whether it does as well for all kinds of leads. A part that is too small to be judged has no figures."
    return lead, ((Charts(tuple(drawn)), table) if drawn else (table,))


def _part(each: Slice, figure: str) -> Cell:
    return ranged(getattr(each.measures, figure), "{:.2f}") if each.measures else Cell("too few leads", -1.0)


def _columns(card: Card) -> tuple[str, tuple[Block, ...]]:
    lead = "How much the log loss of the holdout rises when a column is shuffled: what it knows that no other tells."
    left_out = Table.of(
        "Left out, and why", LEFT_OUT, card.left_out, empty="No column was left out for knowing the outcome."
    )
    drawn: Block = curves.importances(card) if card.importance else Note("No column was shuffled.", "empty")
    return lead, (drawn, left_out)


def _challenge(card: Card, model: ToldModel) -> tuple[str, tuple[Block, ...]]:
    met = card.met
    if met is None:
        why = "It met no champion: there was none, or none that could still score these leads."
        return prose(model.reason).text, (Note(why, "empty"),)
    if not met.difference:
        why = f"Champion {met.version} and it have too few leads in common that neither has seen: {met.n:,}."
        return prose(model.reason).text, (Note(why, "empty"),)
    shown: dict[Column, Callable[[tuple[str, Estimate]], Cell]] = {
        Column("figure"): lambda each: Cell(_name(each[0])),
        Column("champion", number=True): lambda each: number(met.champion[each[0]]),
        Column("this model", number=True): lambda each: number(met.champion[each[0]] + each[1].value),
        Column("difference, with its 95% interval", number=True): lambda each: ranged(each[1], "{:+.4f}"),
        Column("which is"): lambda each: _judged(*each),
    }
    caption = f"Beside champion {met.version}, on {met.n:,} leads new to both ({met.conversions:,} converted)"
    table = Table.of(caption, shown, met.difference.items())
    regraded = "" if met.regraded is None else f"{percent(met.regraded)} of the open leads would change their grade. "
    return prose(model.reason).text, (table, Note(f"{regraded}It scores {met.speed:.2f} times as many leads a second."))


def _judged(figure: str, difference: Estimate) -> Cell:
    if difference.low <= 0 <= difference.high:
        return Cell("no proven difference")
    better = (difference.value < 0) == (figure in LOWER_IS_BETTER)
    return Cell("better", mark="up") if better else Cell("worse", mark="down")


def _history(model: ToldModel, champions: Sequence[ToldModel]) -> tuple[str, tuple[Block, ...]]:
    lead = "The models that have scored, the latest first, each by its own holdout: other leads, so compare with care."
    judged = [(each, measures) for each in champions for measures in _measures(each)]
    shown: dict[Column, Callable[[tuple[ToldModel, Measures]], Cell]] = {
        Column("model"): lambda each: Cell(each[0].version, mark="grade-b" if each[0].version == model.version else ""),
        Column("status"): lambda each: Cell(each[0].status),
        Column("promoted"): lambda each: when(each[0].promoted_at),
        Column("leads", number=True): lambda each: count(each[0].n_leads),
        Column("average precision", number=True): lambda each: ranged(each[1].average_precision, "{:.2f}"),
        Column("ROC AUC", number=True): lambda each: ranged(each[1].roc_auc, "{:.2f}"),
        Column("why", prose=True): lambda each: prose(each[0].reason),
    }
    table = Table.of("Champions", shown, judged, empty="No model has scored yet.")
    return lead, ((*_drawn(judged), table) if len(judged) > 1 else (table,))


def _drawn(judged: Sequence[tuple[ToldModel, Measures]]) -> Iterator[Block]:
    shown = [Row(f"{each.promoted_at:%Y-%m-%d} {each.version[:8]}", found.average_precision) for each, found in judged]
    words = "; ".join(f"{row.name}: {row.estimate.value:.3f}" for row in shown)
    yield ranges("Average precision of the champions", words, Axis("average precision, with 95% intervals"), shown)


def _measures(model: ToldModel) -> Iterator[Measures]:
    """Its figures, if the card tells them as cards do now."""
    found = json.loads(model.metrics).get("evaluation", {}).get("measures")
    if found:
        yield Measures.model_validate(found)
