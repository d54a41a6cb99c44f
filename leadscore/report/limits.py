"""What to be careful about with a model, in sentences made from the facts of its card."""

from collections import Counter
from collections.abc import Iterator

from leadscore.report.words import told
from leadscore.training.card import Card
from leadscore.training.evaluation import Evaluation

FEW = 100  # conversions in the holdout below which its figures say little
COVERED = 0.95  # share of the open leads that the holdout should have the like of
COSTS = {  # of what is told of no lead
    "created_at": "No lead tells when it came in: dates are read as months and weekdays, and no history as of then.",
    "closed_at": "No lead tells when its outcome was known: what became of earlier leads is not seen as of its time.",
    "account_id": "No lead names its account: what became of earlier leads of the same one is not used.",
    "owner_id": "No lead names its seller: what became of their earlier leads is not used, and all are in one queue.",
}


def limits(card: Card) -> Iterator[str]:
    """What to be careful about, as sentences from the facts."""
    found = card.evaluation
    rate = found.measures.base_rate
    if found.holdout != "latest":
        yield "The leads tell no times, so nothing here says how the model does on leads to come, only on others alike."
    yield from (COSTS[name] for name in card.lacking)
    if not rate.low <= found.train_base_rate <= rate.high:
        yield _limit_of_base_rate(found)
    if found.measures.conversions < FEW:
        yield f"Only {found.measures.conversions:,} held-out leads converted: all figures are rough."
    yield from _limits_of_columns(card)
    yield from _limits_of_slices(found)
    if card.snapshots < card.known.leads:
        now = card.known.leads - card.snapshots
        yield (
            f"{now:,} leads were learned from as their rows stand now, not as they were when they were first scored: a "
            "column that is filled in meanwhile looks better here than it will be."
        )
    if card.maturity_days:
        yield (
            f"The source does not say when a lead is lost: without a conversion it counts as lost after "
            f"{card.maturity_days:.0f} days, and later conversions are missed."
        )


def _limit_of_base_rate(found: Evaluation) -> str:
    other, held = f"{found.train_base_rate:.1%}", f"{found.measures.base_rate.value:.1%}"
    if found.holdout != "latest":
        return f"The draw is uneven: {held} of the holdout converted, {other} of the leads that its fit learned from."
    return (
        f"The base rate moved: {other} of the leads before the holdout converted, {held} in it. Probabilities and "
        "cutoff lag behind such a move; a night estimates it."
    )


def _limits_of_columns(card: Card) -> Iterator[str]:
    out = {each.column for each in card.left_out}
    for each in card.findings:
        if each.leak and each.column not in out:
            yield f"{each.column} seems to know the outcome ({each.check}) and is used all the same: {each.figure}"
    if "columns" in card.compared and not card.recipe.left_out:
        without = next(name for name in card.compared["columns"] if name != "all")
        yield f"It reads columns that tell when a lead came in, since a model {without} was shown to be worse."


def _limits_of_slices(found: Evaluation) -> Iterator[str]:
    auc = found.measures.roc_auc.value
    weak = [
        f"{each.column} {each.name}, {told(each.measures.roc_auc, '{:.2f}')}"
        for each in found.slices
        if each.measures and each.measures.roc_auc.high < auc
    ]
    if weak:
        yield f"It ranks these leads worse than all together (ROC AUC {auc:.2f}): {'; '.join(weak)}."
    of = Counter(each.column for each in found.slices)
    few = Counter(each.column for each in found.slices if not each.measures)
    if few:
        parts = ", ".join(f"{n} of {of[column]} by {column}" for column, n in few.items())
        yield f"Of some parts of the holdout there are too few leads or conversions to judge them: {parts}."
    if found.pipeline and found.pipeline.covered < COVERED:
        yield f"Only {found.pipeline.covered:.0%} of the open leads have their like in the holdout."
