"""The charts of a model: what every cutoff would do, how good its probabilities are, and whom it reaches."""

import numpy as np

from leadscore.models.curve import Array, Curve
from leadscore.models.cutoff import Profit
from leadscore.models.metrics import wilson
from leadscore.report.blocks import Chart
from leadscore.report.charts import Axis, Line, Marks, Row, bars, lines, ranges
from leadscore.report.shown import percent, plural
from leadscore.training.card import Card
from leadscore.training.evaluation import MONTH, Evaluation

WHOLE = (0.0, 1.02)
FEW = 30  # leads called below which precision is luck, and not drawn
NAMED = 15  # columns
Numbers = list[float]


def precision_recall(card: Card, curve: Curve) -> Chart:
    """Precision over recall, with the cutoff marked."""
    at, here, rate = curve.confusion(), card.evaluation.measures, curve.base_rate
    kept = at.called >= min(FEW, curve.n)
    words = (
        f"At the cutoff {percent(here.precision.value)} of the called leads convert, which are "
        f"{percent(here.recall.value)} of all that convert. Average precision {here.average_precision.value:.3f}; "
        f"{percent(rate)} of the leads convert."
    )
    chance = Line("all leads called", (0, 1), (rate, rate))
    return lines(
        "Precision and recall",
        words,
        Axis("recall", WHOLE, percent=True),
        Axis("precision", WHOLE, percent=True),
        [Line("this model", _list(at.recall[kept]), _list(at.precision[kept]))],
        Marks(point=(here.recall.value, here.precision.value, _cutoff(card)), beside=chance),
    )


def roc(card: Card, curve: Curve) -> Chart:
    """The receiver operating characteristic, with the cutoff marked."""
    at, here = curve.confusion(), card.evaluation.measures
    x, y = np.append(at.false_positive_rate, 0.0), np.append(at.recall, 0.0)
    false_positives = float(np.interp(here.recall.value, y[::-1], x[::-1]))
    words = (
        f"At the cutoff {percent(here.recall.value)} of the leads that convert are called, and about "
        f"{percent(false_positives)} of those that do not. ROC AUC {here.roc_auc.value:.3f}."
    )
    return lines(
        "Receiver operating characteristic",
        words,
        Axis("false positive rate", WHOLE, percent=True),
        Axis("recall", WHOLE, percent=True),
        [Line("this model", _list(x), _list(y))],
        Marks(point=(false_positives, here.recall.value, _cutoff(card)), beside=Line("by chance", (0, 1), (0, 1))),
    )


def by_cutoff(card: Card, curve: Curve) -> Chart:
    """F1, precision and recall by cutoff."""
    at, here = curve.confusion(), card.evaluation.measures
    kept = at.called >= min(FEW, curve.n)
    x, f1 = _list(np.array(curve.values)[kept]), at.f_score(1)
    best = int(np.argmax(f1))
    words = (
        f"F1 is {here.f1.value:.3f} at the cutoff of {card.judged.cutoff.value:.3f}; of the holdout, by which that was "
        f"not chosen, the best would be {f1[best]:.3f} at {curve.values[best]:.3f}."
    )
    return lines(
        "F1, precision and recall by cutoff",
        words,
        Axis("cutoff on the probability", (0, max(x) * 1.02)),
        Axis("", WHOLE),
        [
            Line(name, x, _list(values[kept]))
            for name, values in (("F1", f1), ("precision", at.precision), ("recall", at.recall))
        ],
        Marks(at=(card.judged.cutoff.value, _cutoff(card))),
    )


def cost(card: Card, curve: Curve) -> Chart:
    """What calling costs by cutoff: profit where the settings name the money, else calls for a conversion."""
    at, policy = curve.confusion(), card.judged.cutoff.policy
    kept = (at.called >= min(FEW, curve.n)) & (at.true_positives > 0)
    x = _list(np.array(curve.values)[kept])
    axis = Axis("cutoff on the probability", (0, max(x) * 1.02))
    marks = Marks(at=(card.judged.cutoff.value, _cutoff(card)))
    if isinstance(policy, Profit):
        profit = _list(policy.rate(at)[kept] * 100)
        words = (
            f"Profit of 100 leads at {policy.win_value:g} a conversion and {policy.call_cost:g} a call: at most "
            f"{max(profit):.3g}."
        )
        line = Line("this model", x, profit)
        return lines("Profit by cutoff", words, axis, Axis("profit of 100 leads"), [line], marks)
    calls, here = _list(at.called[kept] / at.true_positives[kept]), card.evaluation.measures.precision.value
    chosen = f"{1 / here:.1f} calls make a conversion" if here else "no called lead converts"
    words = f"At the cutoff {chosen}; where everybody is called it takes {calls[0]:.1f} calls."
    line, up = Line("this model", x, calls), Axis("calls for a conversion", (0, max(calls) * 1.05))
    return lines("Cost by cutoff, in calls", words, axis, up, [line], marks)


def reliability(found: Evaluation) -> Chart:
    """What was predicted beside what happened."""
    bins = found.reliability
    x, y = [each.predicted for each in bins], [each.observed for each in bins]
    most = min(1.02, max(*x, *y) * 1.1)
    words = (
        f"Of the leads predicted at {percent(x[-1])} on average {percent(y[-1])} converted, of those at "
        f"{percent(x[0])} {percent(y[0])}. Expected calibration error {found.measures.calibration_error.value:.3f}."
    )
    return lines(
        "Reliability: tenths of the leads by probability",
        words,
        Axis("predicted", (0, most), percent=True),
        Axis("converted", (0, most), percent=True),
        [Line("this model", x, y, marked=True)],
        Marks(beside=Line("as predicted", (0, most), (0, most))),
    )


def gains(curve: Curve) -> Chart:
    """The share of the conversions that the most probable leads hold."""
    called, reached = _reached(curve)
    best = curve.base_rate
    found = {share: float(np.interp(share, called, reached)) for share in (0.05, 0.1, 0.2, 0.5)}
    words = ", ".join(f"the first {share:.0%} of the leads hold {percent(part, 0)}" for share, part in found.items())
    return lines(
        "Gains",
        f"Of the conversions, sorted by probability, {words}.",
        Axis("leads called, the most probable first", WHOLE, percent=True),
        Axis("conversions reached", WHOLE, percent=True),
        [Line("this model", _list(called), _list(reached)), Line("best possible", (0, best, 1), (0, 1, 1))],
        Marks(beside=Line("by chance", (0, 1), (0, 1))),
    )


def lift(curve: Curve) -> Chart:
    """How many times as many conversions the most probable leads hold as others drawn by chance."""
    called, reached = _reached(curve)
    kept = called * curve.n >= min(FEW, curve.n)
    values = reached[kept] / called[kept]
    tenth = float(np.interp(0.1, called, reached)) * 10
    words = f"The first tenth of the leads holds {tenth:.1f} times as many conversions as by chance."
    return lines(
        "Lift",
        words,
        Axis("leads called, the most probable first", WHOLE, percent=True),
        Axis("times as many as by chance", (0, float(values.max()) * 1.08)),
        [Line("this model", _list(called[kept]), _list(values))],
        Marks(beside=Line("by chance", (0, 1), (1, 1))),
    )


def importances(card: Card) -> Chart:
    """How much the log loss of the holdout rises when a column is shuffled."""
    strongest = list(card.importance.items())[:NAMED]
    names = ", ".join(f"{name} {rise:.4f}" for name, rise in strongest[:5])
    return bars(
        "Importance of columns",
        f"Rise of the log loss of the holdout when a column is shuffled, the most important first: {names}.",
        Axis("rise of the log loss"),
        [name.replace("_", " ") for name, _ in strongest],
        [rise for _, rise in strongest],
    )


def parts(found: Evaluation, column: str) -> Chart | None:
    """ROC AUC of the parts of the holdout by a column; None where none can be judged."""
    here = [each for each in found.slices if each.column == column]
    if column == MONTH:
        here.sort(key=lambda each: each.name)
    judged = [Row(f"{each.name} ({each.n:,})", each.measures.roc_auc) for each in here if each.measures]
    if not judged:
        return None
    whole = found.measures.roc_auc.value
    words = "; ".join(f"{row.name}: {row.estimate.value:.2f}" for row in judged)
    limits = min(0.5, *(row.estimate.low for row in judged)), 1.0
    return ranges(
        f"ROC AUC by {'month' if column == MONTH else column.replace('_', ' ')}",
        f"All leads {whole:.2f}; {words}.",
        Axis("ROC AUC, with 95% intervals", limits),
        judged,
        (whole, "all leads"),
    )


def grades(found: Evaluation) -> Chart:
    """What became of the held-out leads by grade."""
    shown = [Row(f"{each.grade}, {plural(each.n, 'lead')}", wilson(each.conversions, each.n)) for each in found.grades]
    words = "; ".join(f"grade {each.grade}: {percent(each.rate.value)} of {each.n:,} leads" for each in found.grades)
    rate = found.measures.base_rate.value
    axis = Axis("converted, with 95% intervals", percent=True)
    return ranges("Converted by grade", words, axis, shown, (rate, "all leads"))


def _reached(curve: Curve) -> tuple[Array, Array]:
    """The share of the leads called and of the conversions reached, from none to all."""
    at = curve.confusion()
    return np.append(0.0, at.called[::-1] / curve.n), np.append(0.0, at.recall[::-1])


def _cutoff(card: Card) -> str:
    return f"cutoff {card.judged.cutoff.value:.3f}"


def _list(values: Array) -> Numbers:
    return [float(value) for value in values]
