"""Which columns are told: the write-up drops the five that a random forest makes the least of."""

from collections.abc import Sequence

import polars as pl

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.models.recipe import TrainingSet
from leadscore.text_model.sentences import Sentences, tellable

TREES, LEAF = 100, 5


def told_columns(known: TrainingSet, inputs: Sequence[Input], dropped: int, seed: int, threads: int) -> Sentences:
    """The columns without the ``dropped`` least important ones; one is always left. ``known`` are training leads."""
    ranked = by_importance(known, tellable(inputs), seed, threads)
    return Sentences(tuple(ranked[: max(len(ranked) - dropped, 1)]))


def by_importance(known: TrainingSet, inputs: Sequence[Input], seed: int, threads: int) -> list[str]:
    """The source columns, the most important first, by the mean decrease of impurity (Breiman 2001).

    What the readings made of a column counts for it.
    """
    from sklearn.ensemble import RandomForestClassifier

    features, matrix = FeatureMap.learn(known.leads, known.converted.astype(float), inputs, seed)
    forest = RandomForestClassifier(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=threads)
    forest.fit(matrix, known.converted)
    worth = pl.DataFrame({"source": features.sources, "worth": forest.feature_importances_})
    summed = worth.group_by("source").agg(pl.col("worth").sum()).sort("worth", "source", descending=[True, False])
    ranked: list[str] = summed["source"].to_list()
    return ranked
