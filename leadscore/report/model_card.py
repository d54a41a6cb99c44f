"""The model card as a page of Markdown that reads well in a pager, too."""

from collections.abc import Iterable, Iterator

from leadscore.models.metrics import Estimate, Measures
from leadscore.models.recipe import Part
from leadscore.models.slices import MIN_EACH, MIN_LEADS, Slice
from leadscore.report.limits import limits
from leadscore.report.markdown import bullets, table, wrapped
from leadscore.report.words import HOLDOUTS, STANDING, cutoff, told
from leadscore.training.card import Card, Counted, FitFacts
from leadscore.training.evaluation import MONTH, Evaluation

NAMED = 10  # columns that are named by importance
CALIBRATIONS = {"platt": "Platt scaling", "beta": "beta calibration", "isotonic": "centered isotonic regression"}
SHOWN = {
    "f1": "F1",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "brier_score": "Brier score",
    "calibration_error": "expected calibration error",
}  # figures whose name is not that of the field

USE = (
    "It says of each open lead how likely that is to convert, so that sales can call the most promising ones first. It "
    "orders work; a person decides. It is not made for decisions on people, such as credit, prices or employment; for "
    "leads of another business or table than those that it was trained on; or to say what a call changes: leads of "
    "high probability convert more often, not more often because they are called."
)


def page(card: Card, version: str) -> str:
    """The card of a model for people."""
    sections = {
        f"# Model {version}": _opening(card),
        "## Use": [wrapped(USE)],
        "## Leads": _leads(card),
        "## Columns": _columns(card),
        "## Model": _model(card),
        "## Cutoff": _cutoff(card.shipped),
        "## Quality": _quality(card),
        "## Who is reached": _reached(card.evaluation),
        "## Probabilities": _probabilities(card),
        "## Parts of the holdout": _slices(card.evaluation),
        "## Limits": [bullets(limits(card))],
    }
    return "\n\n".join(part for title, parts in sections.items() for part in (title, *parts)) + "\n"


def _opening(card: Card) -> Iterator[str]:
    measures = card.evaluation.measures
    yield wrapped(
        f"Two fits of one recipe. The *evaluation fit* has not seen the holdout, {HOLDOUTS[card.evaluation.holdout]} "
        f"({measures.conversions:,} of {measures.n:,} converted), and is what the figures on quality are of. The "
        "*shipped fit* learned from all known leads and is what scores."
    )


def _leads(card: Card) -> Iterator[str]:
    dates = f", which came in from {card.first:%Y-%m-%d} to {card.last:%Y-%m-%d}" if card.first and card.last else ""
    yield wrapped(f"Of the leads with a known outcome{dates}, {_converted(card.known)}.")
    if card.set_aside:
        rows = [(f"{rule} of {column}", f"{n:,}") for rule, column, n in card.set_aside]
        yield table(("Set aside, since they fail a rule", "leads"), rows)
    copies = card.copies
    if copies and copies.exact:
        done = "so many that all count" if copies.counted else "which do not count"
        yield (
            f"{copies.exact:,} leads are copies of later ones, {done}; {copies.of_both_outcomes:,} leads have copies "
            "with another outcome."
        )
    if card.sampled_from:
        yield wrapped(
            f"They are a sample of whole accounts. Both fits learned from all {card.sampled_from:,} known leads, on a"
            " cluster, but for those to be left out likewise; what is told here is of the sample."
        )
    if card.trained_on != card.known:
        yield wrapped(f"Of the leads that the shipped fit learned from, {_converted(card.trained_on)}.")


def _columns(card: Card) -> Iterator[str]:
    if card.left_out:
        yield "Left out:"
        yield bullets(f"{each.column} ({each.check}): {each.figure}" for each in card.left_out)
    out = {each.column for each in card.left_out}
    lists = {
        "Left out by the limits under [features]": card.left_out_by_selection,
        "Left out, since they tell when a lead came in": card.recipe.left_out,
        "Not looked at, since they are empty, constant, unique, dates or prose": [
            name for name in card.ignored if name not in out
        ],
        "Read": [f"{name} as {what}" for name, what in card.read_as.items() if what not in STANDING],
    }
    for words, names in lists.items():
        if names:
            yield wrapped(f"{words}: {', '.join(names)}.")
    strongest = [(name, f"{rise:.4f}") for name, rise in list(card.importance.items())[:NAMED]]
    yield wrapped("By how much the log loss of the holdout rises when a column is shuffled:")
    yield table(("column", "rise"), strongest)


def _model(card: Card) -> Iterator[str]:
    recipe, shipped, judged = card.recipe, CALIBRATIONS[card.shipped.calibration], CALIBRATIONS[card.judged.calibration]
    bagged = f", {recipe.bags} fits of each with other seeds" if recipe.bags > 1 else ""
    other = "" if judged == shipped else f", in the evaluation fit by {judged}"
    yield wrapped(
        f"The vote is the weighted sum of the log-odds of these members{bagged}. It is calibrated by {shipped}{other}. "
        f"Imbalance: {recipe.treatment}. The search made {card.trials:,} trials."
    )
    yield table(("member", "weight", "trees", "parameters"), [_part(each) for each in recipe.parts])
    if card.compared:
        yield wrapped("What was compared, by mean log loss of training leads out of their folds, each fold calibrated:")
        rows = [(step, name, f"{loss:.4f}") for step, losses in card.compared.items() for name, loss in losses.items()]
        yield table(("step", "candidate", "log loss"), rows)
        yield wrapped("Taken is the simplest candidate within one standard error of the best.")


def _part(part: Part) -> tuple[str, ...]:
    values = {name: f"{each:.3g}" if isinstance(each, float) else str(each) for name, each in part.params.items()}
    params = ", ".join(f"{name} {each}" for name, each in values.items()) or "defaults"
    return part.family, f"{part.weight:.2f}", f"{part.rounds:,}" if part.rounds else "none", params


def _cutoff(fit: FitFacts) -> Iterator[str]:
    yield wrapped(f"A lead counts as one that will convert from {cutoff(fit.cutoff, fit.n_out_of_fold)}.")
    yield wrapped("What others would do, by the same predictions; called are the leads from the cutoff on:")
    rows = [
        (
            f"{each.cutoff:.3f}",
            *(f"{share:.1%}" for share in (each.called, each.precision, each.recall)),
            f"{each.f1:.3f}",
            "chosen" if each.cutoff == fit.cutoff.value else "",
        )
        for each in fit.curve
    ]
    yield table(("cutoff", "called", "precision", "recall", "F1", ""), rows)


def _quality(card: Card) -> Iterator[str]:
    found, pipeline = card.evaluation, card.evaluation.pipeline
    columns = {"holdout": found.measures}
    if pipeline and pipeline.measures:
        columns["as open leads"] = pipeline.measures
    yield wrapped(f"The evaluation fit at its cutoff of {card.judged.cutoff.value:.3f}, with 95% bootstrap intervals.")
    yield table(
        ("figure", *columns), [(_name(each), *_row(each, columns.values())) for each in _figures(found.measures)]
    )
    if pipeline and pipeline.measures:
        yield wrapped(
            "As open leads: the holdout weighted, so that account and owner are as often known to the fit as with "
            f"{pipeline.n:,} leads that were open at the training. The holdout has the like of "
            f"{pipeline.covered:.0%} of these."
        )
    if found.redrawn:
        yield wrapped(
            "The holdout above is one random draw; the same recipe, fitted and judged on others, tells how much is "
            "luck. These figures are a little too good: some of the leads took part in the choice of the recipe."
        )
        header = ("figure", *(f"draw {i}" for i in range(2, len(found.redrawn) + 2)))
        yield table(header, [(_name(each), *(f"{of[each]:.3f}" for of in found.redrawn)) for each in found.redrawn[0]])


def _figures(measures: Measures) -> list[str]:
    return [name for name, value in measures if isinstance(value, Estimate)]


def _name(figure: str) -> str:
    return SHOWN.get(figure, figure.replace("_", " "))


def _row(figure: str, columns: Iterable[Measures]) -> list[str]:
    return [told(getattr(each, figure), "{:.3f}") for each in columns]


def _reached(found: Evaluation) -> Iterator[str]:
    yield wrapped("Conversions among the most probable leads of the holdout, and how many times as many as by chance:")
    rows = [(f"{each.share:.0%}", told(each.gain, "{:.0%}"), told(each.lift, "{:.1f}")) for each in found.gains]
    yield table(("most probable", "of the conversions", "lift"), rows)
    grades = [(each.grade, f"{each.n:,}", f"{each.conversions:,}", told(each.rate, "{:.1%}")) for each in found.grades]
    yield table(("grade", "leads", "conversions", "converted"), grades)


def _probabilities(card: Card) -> Iterator[str]:
    yield wrapped("What was predicted for held-out leads of about equal probability, and what happened:")
    rows = [(f"{each.predicted:.1%}", f"{each.observed:.1%}", f"{each.n:,}") for each in card.evaluation.reliability]
    yield table(("predicted", "converted", "leads"), rows)


def _slices(found: Evaluation) -> Iterator[str]:
    yield wrapped(f"The largest of {MIN_LEADS} leads and more, with {MIN_EACH} of each outcome.")
    judged = [(each, each.measures) for each in found.slices if each.measures]
    for column in dict.fromkeys(each.column for each, _ in judged):
        rows = [_slice(each, measures) for each, measures in judged if each.column == column]
        header = (column, "leads", "converted", "F1", "ROC AUC", "average precision")
        yield table(header, sorted(rows) if column == MONTH else rows)


def _slice(each: Slice, measures: Measures) -> tuple[str, ...]:
    figures = (measures.f1, measures.roc_auc, measures.average_precision)
    return each.name, f"{each.n:,}", f"{each.conversions / each.n:.1%}", *(told(one, "{:.2f}") for one in figures)


def _converted(leads: Counted) -> str:
    return f"{leads.conversions:,} of {leads.leads:,} converted ({leads.conversions / leads.leads:.1%})"
