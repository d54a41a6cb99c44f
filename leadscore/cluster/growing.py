"""Both fits of a retrain grown on a cluster, on partitions that its workers read and keep.

What is chosen, calibrated and judged is so on the sample, on one machine. Only keys go to the workers; only counts that
were summed there, the feature map and the boosters come back. A partition of a worker that is lost is read again by
another; but a booster that was growing meanwhile is not gone on with: then the retrain is to be started again.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from leadscore.cluster import partitions as worker
from leadscore.cluster.boosting import BOOSTERS
from leadscore.cluster.opening import connected, opened
from leadscore.cluster.ordered import packed
from leadscore.cluster.partitions import Syllabus
from leadscore.features.counts import Counts, total
from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Input
from leadscore.features.merged import Merged
from leadscore.models.fit import Grow, grow_here
from leadscore.models.members.bag import Bag
from leadscore.models.members.xgboost import require_device
from leadscore.models.recipe import Recipe, TrainingContext, TrainingSet
from leadscore.settings import Settings
from leadscore.training.prepare import Known

if TYPE_CHECKING:
    from distributed import Client, Future

RETRIES = 3  # of reading a partition: a database may not answer for a moment
SUMMED = 8  # counts that one task adds up: the sum of all is found in a tree
BEFORE, ALL = 0, 1  # the fit that is judged, and the one that is shipped

Futures = Sequence["Future"]


@contextmanager
def growers(known: Known, settings: Settings, as_of: datetime) -> Iterator[tuple[Grow, Grow]]:
    """How the evaluation fit and the shipped fit learn: on a cluster, of leads in partitions, else in this process."""
    if known.partitions is None:
        require_device(settings.compute.device)
        yield grow_here, grow_here
        return
    with opened(settings.compute) as cluster, connected(cluster) as client:
        client.run(require_device, settings.compute.device)
        syllabus = client.scatter(Syllabus.of(known, settings, as_of), broadcast=True, hash=False)
        keys = (packed(lives.select("lead_id")) for lives in known.partitions)
        read = [client.submit(worker.read, syllabus, each, i, retries=RETRIES) for i, each in enumerate(keys)]
        yield Field(client, read, BEFORE), Field(client, read, ALL)


@dataclass(frozen=True)
class Field:
    """The leads of one fit, in partitions on the workers. It grows what a recipe says, whatever sample it is given."""

    client: "Client"
    partitions: Futures
    fit: int

    def __call__(
        self, known: TrainingSet, inputs: Sequence[Input], recipe: Recipe, context: TrainingContext
    ) -> tuple[FeatureMap, list[Bag]]:
        submit, columns = self.client.submit, tuple(inputs)
        counts = summed(self.client, [submit(worker.count, each, self.fit, columns) for each in self.partitions])
        merged = submit(Merged.learn, counts, columns)
        every = submit(leads_in, counts).result()
        context.progress(f"{every:,} leads in {len(self.partitions)} partitions are counted")
        matrices = [submit(worker.learned, each, merged, self.fit, columns) for each in self.partitions]
        features = submit(features_of, merged).result()
        matrix, converted = self._arrays(matrices, len(features.sources))
        return features, [self._bag(part, recipe, features, matrix, converted, context) for part in recipe.parts]

    def _arrays(self, matrices: Futures, columns: int) -> tuple[Any, Any]:
        """The features (n, k) and the outcomes (n,) as Dask arrays of the partitions that have any leads."""
        from dask import array

        sizes = self.client.gather([self.client.submit(worker.size, each, self.fit) for each in self.partitions])
        outcomes = [self.client.submit(worker.outcomes, each, self.fit) for each in self.partitions]
        found = [each for each in zip(matrices, outcomes, sizes, strict=True) if each[2]]
        return (
            array.concatenate([array.from_delayed(one, (n, columns), "float32") for one, _, n in found]),
            array.concatenate([array.from_delayed(other, (n,), "int64") for _, other, n in found]),
        )

    def _bag(
        self, part: Any, recipe: Recipe, features: FeatureMap, matrix: Any, converted: Any, context: TrainingContext
    ) -> Bag:
        """The members of one part, which differ in their seed."""
        members = []
        for number in range(recipe.bags):
            setup = context.setup(part, features.coded, threads=1)
            setup = replace(setup, seed=setup.seed + number)
            members.append(BOOSTERS[part.family](self.client, matrix, converted, setup))
            context.progress(f"{part.family}, {part.rounds} trees, is grown on the cluster")
        return Bag(tuple(members))


def summed(client: "Client", counts: Futures) -> "Future":
    """The sum of all counts, added up on the workers."""
    while len(counts) > 1:
        counts = [client.submit(total, counts[i : i + SUMMED]) for i in range(0, len(counts), SUMMED)]
    return counts[0]


def leads_in(counts: Counts) -> int:
    """How many leads were counted."""
    return int(counts.every["n"].sum())


def features_of(merged: Merged) -> FeatureMap:
    return merged.features
