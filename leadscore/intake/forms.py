"""The ways in which people write numbers, truths and times as text, each with how it is read."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from leadscore.intake.options import Dates
from leadscore.schema import Type
from leadscore.times import UTC_NAIVE

Decimal = Literal["point", "comma"]

# A number with a leading zero is a code, one of more than 15 digits an id: both stay text.
WHOLE = r"^[+-]?(0|[1-9]\d{0,14})$"
BY_POINT = r"^[+-]?((0|[1-9]\d{0,14})(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?$"
BY_COMMA = r"^[+-]?(0|[1-9]\d{0,14})(,\d+)?$"
THOUSANDS_BY_COMMA = r"^[+-]?(0|[1-9]\d{0,2}(,\d{3})*)(\.\d+)?$"
THOUSANDS_BY_POINT = r"^[+-]?(0|[1-9]\d{0,2}(\.\d{3})*)(,\d+)?$"
CLOCK = r"([ T]\d{1,2}:\d\d(:\d\d(\.\d{1,6})?)?( ?[AaPp]\.?[Mm]\.?)?)?$"
CLOCKS = ("", " %H:%M:%S%.f", " %H:%M", " %I:%M:%S %p", " %I:%M %p")


@dataclass(frozen=True)
class Form:
    """A way to write values of a ``type``: the ``pattern`` of each.

    ``decimal`` is the mark that it takes for the decimal one, ``thousands`` a mark that means nothing; ``day`` how the
    day is written, ``dates`` what that takes for granted where day and month can be mistaken for each other.
    """

    type: Type
    pattern: str
    decimal: Decimal | None = None
    thousands: str = ""
    day: str = ""
    dates: Dates | None = None

    def looks_so(self, text: pl.Expr) -> pl.Expr:
        """Whether ``text`` has the pattern of this form."""
        return text.str.contains(self.pattern)

    def is_so(self, text: pl.Expr) -> pl.Expr:
        """Whether ``text``, which looks so, is of this form: not every day is in the calendar."""
        return self.read(text).is_not_null() if self.type is Type.TIME else pl.lit(True)

    def read(self, text: pl.Expr) -> pl.Expr:
        """The values, null where ``text`` is not of this form."""
        said = pl.when(text.str.contains(self.pattern)).then(text)
        if self.type is Type.BOOLEAN:
            return said.str.to_lowercase() == "true"
        return self._time(said) if self.type is Type.TIME else self._number(said)

    def _number(self, said: pl.Expr) -> pl.Expr:
        plain = said.str.replace_all(self.thousands, "", literal=True) if self.thousands else said
        if self.decimal == "comma":
            plain = plain.str.replace(",", ".", literal=True)
        return plain.str.strip_prefix("+").cast(self.type.polars, strict=False)

    def _time(self, said: pl.Expr) -> pl.Expr:
        plain = said.str.to_uppercase().str.replace("T", " ", literal=True).str.replace(r" ?([AP])\.?M\.?$", " ${1}M")
        day = plain.str.extract(r"^(\S+)").str.replace_all(r"[/.]", "-")
        clock = plain.str.extract(r"^\S+(.*)$")
        forms = (self.day + form for form in CLOCKS)
        return pl.coalesce(
            (day + clock).str.to_datetime(form, strict=False, time_unit="us").cast(UTC_NAIVE) for form in forms
        )


FORMS = (  # of those that fit all values the first is taken, but for what the file tells of decimals and dates
    Form(Type.BOOLEAN, r"^(?i:true|false)$"),
    Form(Type.INTEGER, WHOLE),
    Form(Type.FLOAT, BY_POINT, decimal="point"),
    Form(Type.FLOAT, BY_COMMA, decimal="comma"),
    Form(Type.FLOAT, THOUSANDS_BY_COMMA, decimal="point", thousands=","),
    Form(Type.FLOAT, THOUSANDS_BY_POINT, decimal="comma", thousands="."),
    Form(Type.TIME, r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}" + CLOCK, day="%Y-%m-%d"),
    Form(Type.TIME, r"^\d{1,2}\.\d{1,2}\.\d{4}" + CLOCK, day="%d-%m-%Y"),
    Form(Type.TIME, r"^\d{1,2}[-/]\d{1,2}[-/]\d{4}" + CLOCK, day="%d-%m-%Y", dates="day-first"),
    Form(Type.TIME, r"^\d{1,2}[-/]\d{1,2}[-/]\d{4}" + CLOCK, day="%m-%d-%Y", dates="month-first"),
)
