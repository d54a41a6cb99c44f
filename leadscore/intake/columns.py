"""What the columns of a file hold: found by reading all of it once, so that no later row comes as a surprise."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

import polars as pl

from leadscore.intake.blocks import Block, RowFile
from leadscore.intake.forms import FORMS, Decimal, Form
from leadscore.intake.options import Dates
from leadscore.schema import Type

Custom = Literal["decimal", "dates"]
Tell = Callable[[float, int], None]  # the share of the file that was read, and the rows


@dataclass(frozen=True)
class Column:
    """The type of a column, and the form in which a file writes it as text, if it does."""

    type: Type
    form: Form | None = None

    def read(self, name: str, stored: pl.DataType) -> pl.Expr:
        """The cells of ``name`` as the type has them, null where they cannot be read so."""
        cell = pl.col(name)
        if stored != pl.String:
            return cell.cast(pl.String) if self.type is Type.TEXT else cell.cast(self.type.polars, strict=False)
        if self.type is Type.TEXT:
            return pl.when(cell.str.strip_chars() != "").then(cell).alias(name)
        return (self.form or _by_default(self.type)).read(cell.str.strip_chars()).alias(name)

    def stored_as(self, type_: Type | None) -> "Column":
        """The column of a table that has it already, as ``type_``."""
        return self if type_ is None or type_ is self.type else Column(type_)


@dataclass
class Possible:
    """The forms that fit all values of a column so far, and whether there was any value."""

    forms: tuple[Form, ...] = FORMS
    filled: bool = False

    def ways(self, custom: Custom) -> set[str]:
        """The decimal marks, or the orders of day and month, by which the values can be read."""
        return {way for form in self.forms if self.filled and (way := getattr(form, custom))}

    def chosen(self, decimal: Decimal, dates: Dates | None) -> Form | None:
        """The form to read by; None for text."""
        if not self.filled:
            return None
        forms = sorted(self.forms, key=lambda form: form.decimal not in (None, decimal))
        if len(self.ways("dates")) == 2:
            forms = [form for form in forms if form.dates == dates]
        return next(iter(forms), None)


@dataclass
class Learned:
    """What was read of a file: rows in all, and the columns."""

    n_rows: int = 0
    n_aside: int = 0
    possible: dict[str, Possible] = field(default_factory=dict)

    def take(self, block: Block) -> None:
        """Keep the forms that fit the values of this block, too."""
        self.n_rows += block.rows.height
        self.n_aside += len(block.aside)
        for test in (Form.looks_so, Form.is_so):  # the first costs little and leaves few for the second
            self._narrow(block.rows, test)

    def _narrow(self, rows: pl.DataFrame, test: Callable[[Form, pl.Expr], pl.Expr]) -> None:
        columns = [(name, column) for name, column in self.possible.items() if column.forms]
        facts = [expr for name, column in columns for expr in _facts(name, column, test)]
        found = iter(rows.select(expr.alias(str(n)) for n, expr in enumerate(facts)).row(0) if facts else ())
        for _, column in columns:
            column.filled |= next(found)
            column.forms = tuple(form for form in column.forms if next(found))


def _facts(name: str, column: Possible, test: Callable[[Form, pl.Expr], pl.Expr]) -> Iterator[pl.Expr]:
    """Whether a column is filled anywhere, and whether each of its forms fits all its values."""
    text = pl.col(name).str.strip_chars()
    empty = text.is_null() | (text == "")
    yield ~empty.all()
    yield from ((empty | test(form, text)).all() for form in column.forms)


def learn(file: RowFile, tell: Tell) -> Learned:
    """Read all of ``file``."""
    learned = Learned(possible={name: Possible() for name in file.columns if name not in file.declared})
    for block in file.blocks():
        learned.take(block)
        tell(block.done, learned.n_rows)
    return learned


def settle(file: RowFile, learned: Learned, dates: Dates | None) -> dict[str, Column]:
    """The columns of ``file``: text where no form fits, or where day and month cannot be told apart."""
    decimal = cast(Decimal, shown(learned, "decimal") or file.likely_decimal)
    dates = dates or cast("Dates | None", shown(learned, "dates"))
    columns = {name: Column(type_) for name, type_ in file.declared.items()}
    for name, possible in learned.possible.items():
        form = possible.chosen(decimal, dates)
        columns[name] = Column(form.type if form else Type.TEXT, form)
    return {name: columns[name] for name in file.columns}


def shown(learned: Learned, custom: Custom) -> str | None:
    """Which of two customs the file follows, if some columns show it beyond doubt and none shows the other."""
    ways = [column.ways(custom) for column in learned.possible.values()]
    sure = {way for each in ways if len(each) == 1 for way in each}
    return sure.pop() if len(sure) == 1 else None


def ambiguous(learned: Learned, columns: Mapping[str, Column]) -> list[str]:
    """The columns that stay text since day and month could be either."""
    possible = learned.possible.items()
    return [name for name, each in possible if len(each.ways("dates")) == 2 and columns[name].type is Type.TEXT]


def _by_default(type_: Type) -> Form:
    return next(form for form in FORMS if form.type is type_)
