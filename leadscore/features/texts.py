"""Free text as one number: how leads that were worded like this one convert.

A logistic regression over the buckets of the words (see `leadscore.reading.prose`), which in training is learned from
the other folds than the lead's own, as conversion rates are. Words of fewer than `MIN_COUNT` leads, names above all, do
not count. Whether members get this number at all is found out by each retrain (`leadscore.models.choosing`).
"""

from typing import TYPE_CHECKING, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from leadscore.features.categories import MIN_COUNT
from leadscore.features.folds import Rows, cross_fitted
from leadscore.reading.prose import BUCKETS

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]

STRENGTH = 0.5  # inverse of the L2 penalty
ITERATIONS = 500
EDGES = (0.2, 0.4, 0.6, 0.8)  # quantiles of the training leads that part what reasons show
BANDS = tuple(
    f"worded like leads that {convert}"
    for convert in ("hardly convert", "seldom convert", "convert now and then", "often convert", "convert most often")
)


class TextMap(BaseModel):
    """One column of hashed texts: the ``weights`` of its ``buckets``, and the ``edges`` (4,) of what reasons show."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["text"] = "text"
    column: str
    source: str
    buckets: tuple[int, ...]
    weights: tuple[float, ...]
    edges: tuple[float, ...] = ()

    @classmethod
    def learn(cls, values: pl.Series, converted: Floats, seed: int, *, source: str) -> tuple[Self, Floats]:
        """Learn from the training leads: the map, and their features (n, 1), cross-fitted."""
        words = counted(values)

        def of_others(others: Rows, fold: Rows) -> Floats:
            learned = cls.fitted(words[others], converted[others], values.name, source)
            return learned.log_odds(words[fold])

        scores = cross_fitted(len(values), seed, of_others)
        scores[values.is_null().to_numpy()] = np.nan
        there = scores[~np.isnan(scores)]
        edges = np.quantile(there, EDGES).tolist() if len(there) else ()
        learned = cls.fitted(words, converted, values.name, source)
        return learned.model_copy(update={"edges": tuple(edges)}), scores[:, None]

    @classmethod
    def fitted(cls, words: "csr_array", converted: Floats, column: str, source: str) -> Self:
        """The weights by the leads whose words (n, BUCKETS) and outcomes (n,) are given."""
        from sklearn.linear_model import LogisticRegression

        known = np.flatnonzero(words.sum(axis=0) >= MIN_COUNT)
        if not len(known) or len(np.unique(converted)) < 2:
            return cls(column=column, source=source, buckets=(), weights=())
        model = LogisticRegression(C=STRENGTH, max_iter=ITERATIONS).fit(scaled(words[:, known]), converted)
        weights = np.round(model.coef_[0], 4)
        return cls(column=column, source=source, buckets=tuple(known.tolist()), weights=tuple(weights.tolist()))

    @property
    def width(self) -> int:
        """The number of feature columns."""
        return 1

    def log_odds(self, words: "csr_array") -> Floats:
        """What the known words (n, BUCKETS) add to the log-odds (n,), in float32 (see `numbers`)."""
        if not self.buckets:
            return np.zeros(words.shape[0])
        added = scaled(words[:, list(self.buckets)]) @ np.array(self.weights)
        return np.asarray(added).astype(np.float32).astype(np.float64)

    def transform(self, values: pl.Series) -> Floats:
        """The features (n, 1), NaN where nothing is said."""
        return np.where(values.is_null().to_numpy(), np.nan, self.log_odds(counted(values)))[:, None]

    def display(self, values: pl.Series) -> pl.Series:
        """What a reason shows: how leads worded like this one convert, never a word of it."""
        band = np.searchsorted(self.edges, self.transform(values)[:, 0], side="right")
        names = pl.Series(values.name, BANDS).gather(np.minimum(band, len(BANDS) - 1))
        return names.zip_with(values.is_not_null(), pl.Series(["missing"]))


def counted(values: pl.Series) -> "csr_array":
    """Which buckets each hashed text has, (n, BUCKETS)."""
    from scipy.sparse import csr_array

    rows = values.alias("bucket").to_frame().with_row_index("row")
    each = rows.with_columns(pl.col("bucket").str.extract_all(r"\d+")).explode("bucket").drop_nulls()
    places = each["row"].to_numpy(), each["bucket"].cast(pl.Int64).to_numpy()
    return csr_array((np.ones(each.height), places), shape=(len(values), BUCKETS))


def scaled(words: "csr_array") -> "csr_array":
    """Each text's words (n, k) as a vector of length one, so that a long text says no more than a short one."""
    from sklearn.preprocessing import normalize

    return normalize(words)
