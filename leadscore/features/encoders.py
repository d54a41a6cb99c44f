"""Encodings of columns as data scientists write them down: declared as data, learned from training leads.

An encoding gives the training leads features that know nothing of their own outcomes, and an `Encoder` for all
others. Matrices hold values of float32, NaN where missing (see `numbers`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.association import without_twins
from leadscore.features.categories import CategoryMap, Codes, conversion_rates, known_and_rare
from leadscore.features.feature_map import FeatureMap
from leadscore.features.folds import cross_fitted
from leadscore.features.inputs import Input, joined

Matrix = NDArray[np.float64]

RARE, UNSAID = 0, 1  # codes of rare and of missing values; those of the others follow
MISSING_TEXT = "missing"


@dataclass(frozen=True)
class Encoder:
    """Turns leads into columns of a matrix (n, k), whose ``names`` (k,) are these."""

    names: tuple[str, ...]
    transform: Callable[[pl.DataFrame], Matrix]


class Encoding(Protocol):
    """How leads become a matrix, before anything is learned."""

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        """From the training leads and their outcomes (n,): the encoder, and the features (n, k) of these leads."""


@dataclass(frozen=True)
class Joined:
    """Encodings side by side."""

    parts: tuple[Encoding, ...]

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        learned = [part.learn(leads, converted, seed) for part in self.parts]
        encoders = [encoder for encoder, _ in learned]
        names = tuple(name for encoder in encoders for name in encoder.names)
        joined = Encoder(names, lambda some: np.concatenate([each.transform(some) for each in encoders], axis=1))
        return joined, np.concatenate([matrix for _, matrix in learned], axis=1)


@dataclass(frozen=True)
class Numbers:
    """Numbers as they are."""

    columns: tuple[str, ...]

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        encoder = Encoder(self.columns, self._numbers)
        return encoder, encoder.transform(leads)

    def _numbers(self, leads: pl.DataFrame) -> Matrix:
        return side_by_side([as_floats(leads[name]) for name in self.columns], leads.height)


@dataclass(frozen=True)
class Labels:
    """Label encoding: the most frequent value has the lowest code, values of fewer than 10 leads share one."""

    columns: tuple[str, ...]

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        maps = [label_map(leads[name]) for name in self.columns]

        def codes(some: pl.DataFrame) -> Matrix:
            return side_by_side([each.codes(some[each.column]) for each in maps], some.height)

        encoder = Encoder(self.columns, codes)
        return encoder, encoder.transform(leads)


@dataclass(frozen=True)
class OneHot:
    """A column for each of the ``most`` frequent values, and one for all the others."""

    columns: tuple[str, ...]
    most: int

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        from sklearn.preprocessing import OneHotEncoder

        if not self.columns:
            return Numbers(()).learn(leads, converted, seed)
        learned = OneHotEncoder(
            max_categories=self.most, handle_unknown="infrequent_if_exist", sparse_output=False, dtype=np.float64
        ).fit(self._texts(leads))
        names = tuple(learned.get_feature_names_out(self.columns))
        encoder = Encoder(names, lambda some: np.asarray(learned.transform(self._texts(some))))
        return encoder, encoder.transform(leads)

    def _texts(self, leads: pl.DataFrame) -> NDArray[np.object_]:
        texts = leads.select(pl.col(self.columns).fill_null(MISSING_TEXT))
        return np.asarray(texts.to_numpy(), dtype=object)


@dataclass(frozen=True)
class TargetRates:
    """Target encoding (Micci-Barreca 2001), out of fold in training.

    A rate counts ``smoothing`` leads more that convert as all do; before, values of at most ``rare`` leads become one.
    Both are by column, and ``smooth`` and ``few`` where a column is not named.
    """

    columns: tuple[str, ...]
    smooth: float
    few: int
    smoothing: Mapping[str, float] = field(default_factory=dict)
    rare: Mapping[str, int] = field(default_factory=dict)

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        learned = [self._learn_one(leads[name], converted, seed) for name in self.columns]
        encoders = {name: encode for name, (encode, _) in zip(self.columns, learned, strict=True)}

        def rates(some: pl.DataFrame) -> Matrix:
            return side_by_side([encode(some[name]) for name, encode in encoders.items()], some.height)

        return Encoder(self.columns, rates), side_by_side([of_others for _, of_others in learned], leads.height)

    def _learn_one(
        self, values: pl.Series, converted: Matrix, seed: int
    ) -> tuple[Callable[[pl.Series], Matrix], Matrix]:
        smooth = self.smoothing.get(values.name, self.smooth)
        kept = frequent(values, self.rare.get(values.name, self.few))
        codes = codes_of(values, kept)

        def of_others(others: NDArray[np.int64], fold: NDArray[np.int64]) -> Matrix:
            return conversion_rates(codes[others], converted[others], codes[fold], smooth)

        every = conversion_rates(codes, converted, np.arange(len(kept) + 2, dtype=np.int32), smooth)
        return lambda some: every[codes_of(some, kept)], cross_fitted(len(codes), seed, of_others)


@dataclass(frozen=True)
class Crossed:
    """The rate of the leads that have the same values in all ``columns``, smoothed and out of fold in training."""

    columns: tuple[str, ...]
    smooth: float

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        name = " and ".join(self.columns)
        values = joined(self.columns).alias(name)
        encoder, rates = TargetRates((name,), self.smooth, few=0).learn(leads.select(values), converted, seed)
        return Encoder((name,), lambda some: encoder.transform(some.select(values))), rates


@dataclass(frozen=True)
class Mapped:
    """What the feature map makes of ``inputs``: histories as of the lead's creation, above all."""

    inputs: tuple[Input, ...]

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        features, matrix = FeatureMap.learn(leads, converted, self.inputs, seed)
        return Encoder(features.sources, features.transform), matrix


@dataclass(frozen=True)
class WithoutTwins:
    """What ``then`` makes of those of the ``columns`` that no other tells: Cramér's V of at most ``most``."""

    columns: tuple[str, ...]
    most: float
    then: Callable[[tuple[str, ...]], Encoding]

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        return self.then(without_twins(leads, self.columns, self.most)).learn(leads, converted, seed)


def label_map(values: pl.Series) -> CategoryMap:
    """The codes of one column; values that differ in a letter are two."""
    known, rare = known_and_rare(values, identifier=True)
    return CategoryMap(column=values.name, source=values.name, identifier=True, known=known, rare=rare)


def frequent(values: pl.Series, few: int) -> tuple[str, ...]:
    """The values of more than ``few`` leads, in order."""
    counts = values.alias("value").drop_nulls().value_counts(name="n")
    return tuple(counts.filter(pl.col("n") > few)["value"].sort())


def codes_of(values: pl.Series, kept: Sequence[str]) -> Codes:
    """The code (n,) of each value: those ``kept`` have one each, all others are rare."""
    places = {value: code for code, value in enumerate(kept, start=2)}
    found = values.replace_strict(places, default=RARE, return_dtype=pl.Int32)
    return found.set(values.is_null(), UNSAID).to_numpy()


def as_floats(values: pl.Series) -> Matrix:
    """Numbers (n,) as boosters read them."""
    return values.cast(pl.Float32, strict=False).cast(pl.Float64).fill_null(np.nan).to_numpy()


def side_by_side(columns: Sequence[Codes | Matrix], rows: int) -> Matrix:
    """Columns (n,) as a matrix (n, k), of so many ``rows`` where there are none."""
    return np.column_stack([np.empty((rows, 0)), *columns])
