"""The feature map from counts of all partitions, and the features of each partition's training leads.

It is the map that one machine would learn (see `leadscore.features.feature_map`), but for three things: folds are drawn
otherwise; quantiles are of at most 4,096 values; and an outcome counts for a lead's group from the day after it was
known on. Free text has no counts: its inputs are not to be among these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from leadscore.features.categories import RATES_FROM, SPECIAL, CategoryMap, parted
from leadscore.features.categories import features as coded_features
from leadscore.features.counts import Counts, Part, days
from leadscore.features.dates import DaysMap
from leadscore.features.feature_map import FeatureMap, Map, side_by_side
from leadscore.features.folds import FOLDS
from leadscore.features.inputs import TIMES, Input, Role
from leadscore.features.numbers import NumberMap
from leadscore.features.rates import MIN_CLOSED, GroupMap, PastMap, shrunken
from leadscore.schema import Kind

MOST_RARE = 200_000  # values too rare for a code of their own that a bundle holds hashes of: the others are unseen
NEVER = -(2**31)  # the day on which a lead came in of which nobody knows

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Merged:
    """The ``features``, and what the leads of partitions need beside it, by input.

    ``rates`` (folds, codes) are those of a category's codes without the leads of a fold. ``groups`` have ``value``,
    ``by``, and of all other folds, or all days up to this one, ``closed`` and ``won``. ``priors`` (folds,) are the
    conversion rates of all leads without those of a fold.
    """

    features: FeatureMap
    rates: Mapping[str, Floats]
    groups: Mapping[str, pl.DataFrame]
    priors: Floats

    @classmethod
    def learn(cls, counts: Counts, inputs: Sequence[Input]) -> Self:
        """Learn from the counts of all partitions."""
        maps: list[Map] = []
        rates, groups = dict[str, Floats](), dict[str, pl.DataFrame]()
        for each in inputs:
            found = map_of(counts, each)
            if isinstance(found, CategoryMap) and len(found.known) >= RATES_FROM:
                every, rates[each.name] = code_rates(counts, found)
                found = found.model_copy(update={"rates": tuple(every.tolist())})
            elif isinstance(found, GroupMap):
                groups[each.name] = others(counts, each)
            maps.append(found)
        return cls(FeatureMap(columns=tuple(maps)), rates, groups, priors(counts))

    def matrix(self, part: Part, inputs: Sequence[Input]) -> Floats:
        """The training features (n, k) of a partition, of which no rate knows the lead's own outcome."""
        columns = (self._column(part, map, each) for map, each in zip(self.features.columns, inputs, strict=True))
        return side_by_side(columns, (len(part.converted), len(self.features.sources)))

    def _column(self, part: Part, learned: Map, each: Input) -> Floats:
        values = part.leads[each.name]
        if isinstance(learned, CategoryMap) and learned.rates:
            codes = learned.codes(values)
            return coded_features(codes, self.rates[each.name][part.fold, codes])
        if isinstance(learned, GroupMap):
            return self._group(part, learned, each)
        return learned.transform(values)

    def _group(self, part: Part, learned: GroupMap, each: Input) -> Floats:
        known = self.groups[each.name]
        if each.role is Role.DATED_GROUP:
            return learned.rates(before(part.leads[each.name], days(part.leads[TIMES["created_at"]]), known))
        leads = pl.DataFrame({"value": part.leads[each.name], "by": pl.Series(part.fold)})
        found = leads.join(known, on=["value", "by"], how="left", maintain_order="left").fill_null(0)
        enough = found.select(pl.col("closed", "won") * (pl.col("closed") >= MIN_CLOSED))
        return shrunken(enough["closed"].to_numpy(), enough["won"].to_numpy(), self.priors[part.fold])[:, None]


def map_of(counts: Counts, each: Input) -> Map:
    """The map of one input, that of a category without rates."""
    prior = counts.base_rate
    if each.role is Role.PAST:
        return PastMap(column=each.name, source=each.source, prior=prior)
    if each.kind is Kind.BOOLEAN:
        return NumberMap(kind="boolean", column=each.name, source=each.source)
    found = counts.by_input[each.name]
    if each.role in (Role.GROUP, Role.DATED_GROUP):
        groups = found.group_by(pl.col("value").alias("key")).agg(
            closed=pl.col("n").sum().cast(pl.Float64), won=pl.col("won").sum().cast(pl.Float64)
        )
        return GroupMap.of_groups(groups, prior, each.name, each.source)
    if each.kind is Kind.CATEGORY:
        return category(found, each)
    kind = DaysMap if each.kind is Kind.DATE else NumberMap
    ordered = found.sort("value")
    return kind.of_values(ordered["value"], ordered["n"], each.name, each.source)


def category(found: pl.DataFrame, each: Input) -> CategoryMap:
    """The codes of a column; of a very long tail of rare values so many are known."""
    identifier = each.role is Role.IDENTIFIER
    known, rare = parted(found.group_by("value").agg(pl.col("n").sum()), identifier)
    return CategoryMap(column=each.name, source=each.source, identifier=identifier, known=known, rare=rare[:MOST_RARE])


def code_rates(counts: Counts, learned: CategoryMap) -> tuple[Floats, Floats]:
    """The conversion rates of a column's codes, (codes,) and, without the leads of each fold, (folds, codes)."""
    found, size = counts.by_input[learned.column], len(SPECIAL) + len(learned.known)
    codes, by, n, won = learned.codes(found["value"]), *(found[name].to_numpy() for name in ("by", "n", "won"))
    of_fold = np.zeros((2, FOLDS, size))
    np.add.at(of_fold[0], (by, codes), n)
    np.add.at(of_fold[1], (by, codes), won)
    missing = counts.every.select("n", "won").to_numpy().T - of_fold.sum(axis=2)
    of_fold[:, :, 0] += missing
    every = of_fold.sum(axis=1, keepdims=True)
    return smoothed(*every)[0], smoothed(*(every - of_fold))


def smoothed(n: Floats, won: Floats) -> Floats:
    """Rates of codes (folds, codes) with ``won`` of ``n`` leads, as scikit-learn's `TargetEncoder` smooths them.

    Empirical Bayes (Micci-Barreca 2001): a code's rate weighs the more, the less its outcomes vary beside all.
    """
    prior = (won.sum(axis=1) / n.sum(axis=1))[:, None]
    rate = np.divide(won, n, out=np.zeros_like(won), where=n > 0)
    weight = prior * (1 - prior) * n
    own = np.divide(weight, weight + rate * (1 - rate), out=np.zeros_like(won), where=n > 0)
    return np.asarray((own * rate + (1 - own) * prior).astype(np.float32), np.float64)


def others(counts: Counts, each: Input) -> pl.DataFrame:
    """Of each group, ``closed`` and ``won`` by the end of each day, or in all folds but each one."""
    found = counts.by_input[each.name].rename({"n": "closed"}).cast({"closed": pl.Float64, "won": pl.Float64})
    sums = pl.col("closed", "won")
    if each.role is Role.DATED_GROUP:
        return found.sort("by").with_columns(sums.cum_sum().over("value"))
    every = found.group_by("value").agg(sums.sum())
    folds = every.join(pl.DataFrame({"by": range(FOLDS)}, schema={"by": pl.Int32}), how="cross")
    own = folds.join(found, on=["value", "by"], how="left", maintain_order="left", suffix=" own").fill_null(0)
    return own.select("value", "by", *(pl.col(name) - pl.col(f"{name} own") for name in ("closed", "won")))


def before(values: pl.Series, came_in: pl.Series, known: pl.DataFrame) -> pl.DataFrame:
    """What of the groups ``values`` (n,) was ``known`` on a day before the leads ``came_in`` (n,)."""
    leads = pl.DataFrame({"value": values, "by": came_in.fill_null(NEVER).cast(pl.Int32)})
    asked = leads.with_row_index("row").sort("by")
    found = asked.join_asof(
        known, on="by", by="value", strategy="backward", allow_exact_matches=False, check_sortedness=False
    )
    return found.sort("row").select(pl.col("closed", "won").fill_null(0.0))


def priors(counts: Counts) -> Floats:
    """The conversion rate of all leads without those of each fold (folds,)."""
    n, won = (counts.every[name].to_numpy() for name in ("n", "won"))
    return np.asarray((won.sum() - won) / (n.sum() - n), np.float64)
