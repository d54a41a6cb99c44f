"""What the columns of the leads are: storage types, kinds, and the difference between two nights."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Self

import polars as pl
from pydantic import BaseModel, ConfigDict

from leadscore.errors import SchemaChanged
from leadscore.names import is_id_name, may_count
from leadscore.times import days_since_1970, to_utc

TEXT_LENGTH = 60  # characters: longer on average, and hardly ever repeated, is prose and not a category
TEXT_GAPS = 4  # between words: as many or more on average, and hardly ever repeated, is prose
MOSTLY = 0.99  # share of the values that must parse for a text column to count as numbers or dates
MANY = 30  # different values from which a column that is called an id is one: fewer are the codes of a category
UNIQUE = 0.95  # different values per filled cell from which an id names single leads, and tells nothing of others


class Type(StrEnum):
    """How a column is stored, in the same five words for every database."""

    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TEXT = "text"
    TIME = "time"

    @property
    def polars(self) -> pl.DataType:
        return POLARS_TYPES[self]


POLARS_TYPES: dict[Type, pl.DataType] = {
    Type.INTEGER: pl.Int64(),
    Type.FLOAT: pl.Float64(),
    Type.BOOLEAN: pl.Boolean(),
    Type.TEXT: pl.String(),
    Type.TIME: pl.Datetime("us"),
}


class Kind(StrEnum):
    """What a column means to the model."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    ID = "id"
    DATE = "date"
    TEXT = "text"
    IGNORE = "ignore"


YES = ("1", "1.0", "true", "t", "yes", "y")
NO = ("0", "0.0", "false", "f", "no", "n")
TRUTH = dict.fromkeys(YES, 1.0) | dict.fromkeys(NO, 0.0)

Word = int | float | str  # a text or a number that means missing

DAY = "%Y-%m-%d"
DAY_LENGTH = len("2026-01-02")
MODELLED = (Kind.NUMBER, Kind.BOOLEAN, Kind.CATEGORY, Kind.ID, Kind.DATE, Kind.TEXT)
NAMED = (Kind.CATEGORY, Kind.ID)  # values that stand for something, each as it is
WORDED = (*NAMED, Kind.TEXT)  # kinds whose cells are read as text


NO_WORDS: Mapping[str, Sequence[Word]] = MappingProxyType({})


class Column(BaseModel):
    """One column of the source. ``type`` is None where the database does not declare one.

    ``missing`` are its values that mean missing in no other column, such as 999 for never. ``order`` are the values of
    an ordered category, the lowest first. ``timezone`` is that of times without one.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    type: Type | None = None
    missing: tuple[Word, ...] = ()
    order: tuple[str, ...] = ()
    timezone: str = "UTC"


class Schema(BaseModel):
    """The columns that a model reads, and the texts that mean missing in them. Frozen in the bundle."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Column, ...]
    missing: tuple[str, ...] = ()

    @property
    def modelled(self) -> tuple[Column, ...]:
        """The columns that become features."""
        return tuple(column for column in self.columns if column.kind in MODELLED)

    @property
    def dates(self) -> tuple[str, ...]:
        """The columns of times that become features."""
        return tuple(column.name for column in self.modelled if column.kind is Kind.DATE)

    @property
    def texts(self) -> tuple[str, ...]:
        """The columns of sentences."""
        return tuple(column.name for column in self.modelled if column.kind is Kind.TEXT)

    @classmethod
    def infer(
        cls,
        leads: pl.DataFrame,
        types: Mapping[str, Type | None],
        *,
        categories: Sequence[str],
        kinds: Mapping[str, Kind | Sequence[str]],
        missing: Sequence[str],
        missing_in: Mapping[str, Sequence[Word]] = NO_WORDS,
        timezone: str = "UTC",
    ) -> Self:
        """Guess the kind of each column in ``types`` from the training leads.

        ``categories`` are identifiers that name something (account, owner); ``kinds`` overrule the guess, by a kind or
        by the values of an ordered category.
        """
        words = tuple(word.casefold() for word in missing)
        orders = {name: tuple(said) for name, said in kinds.items() if not isinstance(said, Kind)}
        said = {name: kind for name, kind in kinds.items() if isinstance(kind, Kind)}
        guessed = dict.fromkeys((*categories, *orders), Kind.CATEGORY) | said
        columns = tuple(
            Column(
                name=name,
                type=stored,
                kind=guessed.get(name) or infer_kind(blank_missing(leads[name], words, missing_in.get(name, ()))),
                missing=tuple(missing_in.get(name, ())),
                order=orders.get(name, ()),
                timezone=timezone,
            )
            for name, stored in types.items()
        )
        return cls(columns=columns, missing=words)

    def without(self, names: Collection[str]) -> "Schema":
        """The same schema with the columns ``names`` ignored."""
        columns = (c.model_copy(update={"kind": Kind.IGNORE}) if c.name in names else c for c in self.columns)
        return self.model_copy(update={"columns": tuple(columns)})

    def check(self, found: Mapping[str, Type | None]) -> None:
        """Raise SchemaChanged, with the difference, if a column that the model reads is missing or of another type."""
        lost = [f"- {c.name} ({c.type or 'any type'}) is missing" for c in self.modelled if c.name not in found]
        changed = [
            f"~ {c.name} was {c.type}, is {found[c.name]}"
            for c in self.modelled
            if c.name in found and c.type and found[c.name] and c.type != found[c.name]
        ]
        if lost or changed:
            raise SchemaChanged(
                f"{len(lost) + len(changed)} columns differ from training: {'; '.join(lost + changed)}.",
                "restore the columns, or run `leadscore retrain` to learn the new table.",
            )

    def extra(self, found: Mapping[str, Type | None]) -> list[str]:
        """Columns that the source has now and training did not see."""
        known = {column.name for column in self.columns}
        return [name for name in found if name not in known]

    def conform(self, leads: pl.DataFrame) -> pl.DataFrame:
        """The modelled columns as the features read them: Float64 for numbers and booleans, and for dates (days since
        1970, UTC), text for all else.

        What is missing, and what is no number or date where one is due, becomes null.
        """
        return leads.select(value(column, leads.schema[column.name], self.missing) for column in self.modelled)


def free_name(name: str, taken: Collection[str]) -> str:
    """``name``, or where it is ``taken`` what nothing is called yet."""
    while name in taken:
        name += "+"
    return name


def value(column: Column, stored: pl.DataType, missing: Sequence[str]) -> pl.Expr:
    """The cells of ``column``, stored as ``stored``, as its kind reads them; null where they cannot be read so."""
    cell = said(pl.col(column.name), stored, missing, column.missing)
    if column.kind in WORDED:
        return named(cell) if stored.is_float() else cell.cast(pl.String)
    if column.kind is Kind.DATE:
        day = cell.cast(pl.String).str.head(DAY_LENGTH)  # SQLite keeps times as text, with hours
        meant = ~day.is_in([str(word) for word in column.missing])
        return days_since_1970(to_utc(pl.when(meant).then(cell), stored, column.timezone))
    if column.kind is Kind.BOOLEAN and stored == pl.String:
        return truth(cell)
    return cell.cast(pl.Float64, strict=False)


def named(number: pl.Expr) -> pl.Expr:
    """Identifiers stored as floats, since some were missing, as text: 174.0 is "174"."""
    whole = number.cast(pl.Int64, strict=False)
    return pl.when(whole == number).then(whole.cast(pl.String)).otherwise(number.cast(pl.String))


def truth(text: pl.Expr) -> pl.Expr:
    """1.0 for 1, true, yes (any case, also t, y, 1.0), 0.0 for 0, false, no (also f, n, 0.0), null for the rest."""
    return text.str.strip_chars().str.to_lowercase().replace_strict(TRUTH, default=None, return_dtype=pl.Float64)


def blank_missing(values: pl.Series, words: Sequence[str], own: Sequence[Word] = ()) -> pl.Series:
    """Null instead of what means missing: `said` of a column."""
    return values.to_frame().select(said(pl.col(values.name), values.dtype, words, own)).to_series()


def said(cell: pl.Expr, stored: pl.DataType, words: Sequence[str], own: Sequence[Word]) -> pl.Expr:
    """``cell``, null where it means missing: empty text, ``words`` (casefolded), and the values of its ``own``.

    A time means missing where its day is one of the words: "1900-01-01".
    """
    texts = [*words, *(str(word).casefold() for word in own)]
    if stored == pl.String:
        return present(cell, texts)
    if stored.is_temporal():
        return pl.when(~cell.dt.strftime(DAY).is_in(texts)).then(cell).name.keep() if texts else cell
    numbers = [float(word) for word in own if not isinstance(word, str)]
    if not numbers or not stored.is_numeric():
        return cell
    return pl.when(~cell.cast(pl.Float64).is_in(numbers)).then(cell).name.keep()


def present(text: pl.Expr, words: Sequence[str]) -> pl.Expr:
    """``text``, stripped, with null for empty text and for ``words``."""
    stripped = text.str.strip_chars()
    return pl.when(stripped.str.to_lowercase().is_in(["", *words])).then(None).otherwise(stripped).name.keep()


def infer_kind(values: pl.Series) -> Kind:
    """The kind that the non-null values look like."""
    known = values.drop_nulls()
    if known.is_empty() or (values.n_unique() == 1):
        return Kind.IGNORE
    if values.dtype == pl.Boolean:
        return Kind.BOOLEAN
    if is_id(known):
        return Kind.ID if known.n_unique() <= UNIQUE * len(known) else Kind.IGNORE
    if values.dtype.is_numeric():
        return Kind.NUMBER
    if values.dtype.is_temporal():
        return Kind.DATE
    return infer_text_kind(known)


def is_prose(known: pl.Series) -> bool:
    """Whether text is long, or of several words."""
    n_characters, n_gaps = known.str.len_chars().sum(), known.str.count_matches(" ", literal=True).sum()
    return n_characters > TEXT_LENGTH * len(known) or n_gaps >= TEXT_GAPS * len(known)


def is_id(known: pl.Series) -> bool:
    """Whether a column is called an id, and has more values than a category: whole numbers or text."""
    if not is_id_name(known.name) or may_count(known.name) or known.n_unique() <= MANY:
        return False
    return known.dtype == pl.String or (known.dtype.is_numeric() and bool((known % 1 == 0).all()))


def infer_text_kind(known: pl.Series) -> Kind:
    """The kind of non-null text: numbers or dates stored as text, prose, an identifier, or a category."""
    counts = known.alias("text").value_counts(name="n")  # so that each text is tried once
    if _share(counts, pl.col("text").cast(pl.Float64, strict=False)) >= MOSTLY:
        return Kind.NUMBER
    if _share(counts, to_utc(pl.col("text"), known.dtype, "UTC")) >= MOSTLY:
        return Kind.DATE
    distinct = counts.height / len(known)
    if distinct > 0.5 and is_prose(known):
        return Kind.TEXT
    return Kind.IGNORE if distinct == 1 else Kind.CATEGORY


def _share(counts: pl.DataFrame, meant: pl.Expr) -> float:
    """The share of the cells, ``n`` of each ``text``, that are ``meant`` to be something."""
    return float(counts.select(pl.col("n").filter(meant.is_not_null()).sum() / pl.col("n").sum()).item())
