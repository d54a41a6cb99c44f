"""The table of rules: what every lead, every key and every batch must satisfy. Saved in the model bundle.

Rules are data. `masks.py` compiles the row rules to Polars masks that find the bad rows, `suite.py`
compiles the same rules to a Great Expectations suite that certifies the rest, `batch.py` judges the limits on the
whole batch.
"""

import hashlib
import json
import sys
from typing import Annotated, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from leadscore.errors import ConfigError
from leadscore.schema import NAMED, WORDED, Column, Kind, Schema
from leadscore.sections import Validation

LARGEST = sys.float_info.max
WIDTHS = 10  # how many times its own width a column's range may grow before a number counts as impossible
MAX_SEEN = 50  # distinct values up to which a category's values are frozen as its known set
YEAR = 366.0  # days: dates go on, however few days the training leads tell of
MIN_COUNT = 10  # leads with a value from which it is frozen: fewer may be a person
MIN_FRESHNESS_DAYS = 7.0  # a quiet week is no sign of a stale source
FRESHNESS_GAPS = 5  # how many times the usual gap between new leads counts as stale
PERSONAL = r"@|\d(?:[\s()./+-]*\d){6}"  # e-mail addresses and phone numbers, which no artifact may hold

# On the narrow scan of the whole source (`store.source.Chunk.lives`), in the order they are judged: what must not be.
KEY_RULES = {
    "life_readable": pl.col("unreadable").is_not_null(),
    "key_present": pl.col("lead_id").is_null(),
    "key_unique": pl.col("lead_id").is_duplicated(),
}


class Frozen(BaseModel):
    """A rule or a table of rules: never changed, and nothing in it unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TypeRule(Frozen):
    """Each cell is missing or can be read as its column's kind."""

    check: Literal["type"] = "type"
    column: str
    kind: Kind

    @property
    def name(self) -> str:
        return f"is_{self.kind}"


class RangeRule(Frozen):
    """Each number is missing or from ``low`` to ``high``, both included; NaN and infinity never are."""

    check: Literal["range"] = "range"
    column: str
    low: FiniteFloat
    high: FiniteFloat

    @property
    def name(self) -> str:
        return "in_range"


class AllowedRule(Frozen):
    """Each category is missing or one of ``values``, compared as conformed text."""

    check: Literal["allowed"] = "allowed"
    column: str
    values: tuple[str, ...]

    @property
    def name(self) -> str:
        return "in_allowed"


RowRule = Annotated[TypeRule | RangeRule | AllowedRule, Field(discriminator="check")]


class BatchLimits(Frozen):
    """What the training leads looked like as a whole: tonight's batch is compared with it.

    ``null_shares`` by modelled column; ``seen``: the folded values of the categories that have few;
    ``n_leads`` in the source at training; ``freshness_days`` is None where the source has no gap to derive it from.
    """

    null_shares: dict[str, float]
    seen: dict[str, tuple[str, ...]]
    n_leads: int
    freshness_days: float | None


class Rules(Frozen):
    """The rules that are learned: on each row (in the order they are reported), and on the batch."""

    rows: tuple[RowRule, ...]
    batch: BatchLimits

    @property
    def version(self) -> str:
        """Twelve hex digits of the sha256 of the rules as canonical JSON."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def derive_rules(
    schema: Schema, leads: pl.DataFrame, settings: Validation, *, n_in_source: int, newest_gap_days: float | None
) -> Rules:
    """The rules that the conformed training ``leads`` suggest, with those that ``settings`` overrule.

    ``n_in_source`` counts all leads of the source, open ones too; ``newest_gap_days`` is the usual time between
    new leads. Raises ConfigError if ``settings`` has a range or a set for a column that cannot have one.
    """
    _check_columns(schema, settings)
    types = [TypeRule(column=column.name, kind=column.kind) for column in schema.modelled]
    numbers = [column for column in schema.modelled if column.kind not in WORDED]
    ranges = [_range(column, leads[column.name]) for column in numbers]
    freshness = None if newest_gap_days is None else max(MIN_FRESHNESS_DAYS, FRESHNESS_GAPS * newest_gap_days)
    limits = BatchLimits(
        null_shares={column.name: _null_share(leads[column.name]) for column in schema.modelled},
        seen=_seen(schema, leads),
        n_leads=n_in_source,
        freshness_days=freshness,
    )
    return override(Rules(rows=(*types, *ranges), batch=limits), settings)


def override(rules: Rules, settings: Validation) -> Rules:
    """``rules`` with the ranges, allowed sets and freshness of ``settings``, where ``rules`` has the columns.

    Raises ConfigError if a range is empty.
    """
    empty = [name for name, (low, high) in settings.ranges.items() if not low <= high]
    if empty:
        raise ConfigError(
            f"validation.ranges: no number is in the range of {', '.join(empty)}.",
            "give the lowest allowed number first, then the highest.",
        )
    kinds = {rule.column: rule.kind for rule in rules.rows if isinstance(rule, TypeRule)}
    ranges = {name: _bounded(name, *bounds) for name, bounds in settings.ranges.items()}
    kept = [
        ranges.get(rule.column, rule) if isinstance(rule, RangeRule) else rule
        for rule in rules.rows
        if not (isinstance(rule, AllowedRule) and rule.column in settings.allowed)
    ]
    allowed = [
        AllowedRule(column=name, values=values) for name, values in settings.allowed.items() if kinds.get(name) in NAMED
    ]
    freshness = settings.freshness_days or rules.batch.freshness_days
    limits = rules.batch.model_copy(update={"freshness_days": freshness})
    return Rules(rows=(*kept, *allowed), batch=limits)


def folded(text: pl.Expr) -> pl.Expr:
    """Text as known sets compare it: stripped and in lower case."""
    return text.str.strip_chars().str.to_lowercase()


def _range(column: Column, values: pl.Series) -> RangeRule:
    """From lowest to highest, widened by `WIDTHS` times their distance, but not to negatives where there were none.

    Drift stays inside; a wrong unit does not.
    """
    if column.kind is Kind.BOOLEAN:
        return RangeRule(column=column.name, low=0, high=1)
    finite = values.filter(values.is_finite())
    lowest, highest = finite.min(), finite.max()
    if not isinstance(lowest, float) or not isinstance(highest, float):
        return _bounded(column.name, -LARGEST, LARGEST)
    if column.kind is Kind.DATE:
        margin = WIDTHS * max(highest - lowest, YEAR)
        return _bounded(column.name, lowest - margin, highest + margin)
    width = highest - lowest or max(abs(highest), 1.0)  # a constant tells no width: allow its own size
    low = max(lowest - WIDTHS * width, 0.0) if lowest >= 0 else lowest - WIDTHS * width
    return _bounded(column.name, low, highest + WIDTHS * width)


def _bounded(column: str, low: float, high: float) -> RangeRule:
    """A range in which the largest number stands for infinity, which JSON cannot hold and no cell may be."""
    return RangeRule(column=column, low=max(low, -LARGEST), high=min(high, LARGEST))


def _null_share(values: pl.Series) -> float:
    return values.null_count() / max(len(values), 1)


def _seen(schema: Schema, leads: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """The sorted folded values of each category that has few, without rare and personal ones."""
    seen = {}
    for column in schema.modelled:
        if column.kind in NAMED:
            counts = leads.select(value=folded(pl.col(column.name).drop_nulls()))["value"].value_counts(name="n")
            common = counts.filter((pl.col("n") >= MIN_COUNT) & ~pl.col("value").str.contains(PERSONAL))["value"]
            if counts.height <= MAX_SEEN and not common.is_empty():
                seen[column.name] = tuple(common.sort())
    return seen


def _check_columns(schema: Schema, settings: Validation) -> None:
    kinds = {column.name: column.kind for column in schema.modelled}
    wrong = [f"ranges.{name}" for name in settings.ranges if kinds.get(name) not in (Kind.NUMBER, Kind.BOOLEAN)]
    wrong += [f"allowed.{name}" for name in settings.allowed if kinds.get(name) not in NAMED]
    if wrong:
        raise ConfigError(
            f"[validation] has {len(wrong)} keys that fit no column of the model: {', '.join(wrong)}.",
            "ranges are for number and boolean columns, allowed sets for category columns.",
        )
