"""What a text model is told: training leads as texts, augmented, and the texts of the leads that judge it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from leadscore.features.inputs import Input
from leadscore.models.members.member import Labels
from leadscore.models.recipe import TrainingContext, TrainingSet
from leadscore.text_model.augmentation import augmented, level
from leadscore.text_model.options import Options
from leadscore.text_model.sentences import Sentences
from leadscore.text_model.worth import told_columns


@dataclass(frozen=True)
class Told:
    """The ``texts`` (m,) with their outcomes ``converted`` (m,): first those of the leads ``known``, then copies of the
    conversions; and the texts ``unseen`` (u,) of the leads that ``judge``.
    """

    sentences: Sentences
    known: TrainingSet
    judge: TrainingSet
    texts: list[str]
    converted: Labels
    unseen: list[str]

    @classmethod
    def of(
        cls, known: TrainingSet, judge: TrainingSet, inputs: Sequence[Input], options: Options, context: TrainingContext
    ) -> Self:
        """Columns and copies are chosen by the leads ``known`` alone."""
        seed = context.training.seed
        sentences = told_columns(known, inputs, options.dropped, seed, context.threads)
        cells, converted = augmented(sentences.cells(known.leads), known.converted, seed, options.copies)
        unseen = sentences.texts(sentences.cells(judge.leads))
        return cls(sentences, known, judge, sentences.texts(cells), converted, unseen)

    @property
    def level(self) -> float:
        """What log-odds that are learned from the texts are too high by."""
        return level(self.known.converted, self.converted)

    def digest(self, options: Options, seed: int) -> str:
        """A name for all that the training depends on."""
        content = repr((self.texts, self.converted.tolist(), self.unseen, self.judge.converted.tolist(), options, seed))
        return hashlib.blake2b(content.encode(), digest_size=8).hexdigest()
