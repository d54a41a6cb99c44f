"""Numbers, times and names as people read them, with nothing personal in them."""

import hashlib
import re
from datetime import datetime, timedelta

import polars as pl

from leadscore.models.metrics import Estimate
from leadscore.report.blocks import Cell

NONE = "-"
EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+")
PHONE = re.compile(r"(?<![\w.])\+?\(?\d[\d\s()/.-]{7,}\d(?![\w.])")
DAY = re.compile(r"\d{4}-\d\d-\d\d")  # a time has as many digits as a phone number
DIGITS = 9


def count(n: float | None) -> Cell:
    """A number of leads."""
    return Cell(NONE, -1.0) if n is None else Cell(f"{n:,.0f}", float(n))


def share(value: float | None, decimals: int = 1) -> Cell:
    """A share as a percentage."""
    return Cell(NONE, -1.0) if value is None else Cell(percent(value, decimals), value)


def percent(value: float, decimals: int = 1) -> str:
    """A share as a percentage; what is neither none nor all is not rounded to it."""
    edge = 10.0**-decimals / 100
    if 0 < value < edge / 2:
        return f"<{edge:.{decimals}%}"
    if 1 - edge / 2 < value < 1:
        return f">{1 - edge:.{decimals}%}"
    return f"{value:.{decimals}%}"


def number(value: float | None) -> Cell:
    """A figure of any size to three significant digits."""
    return Cell(NONE) if value is None else Cell(f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}", value)


def signed(n: int | None, mark: str = "") -> Cell:
    """By how much something rose or fell."""
    return Cell(NONE, 0.0) if n is None else Cell(f"{n:+,}" if n else "0", float(n), mark)


def ranged(estimate: Estimate, form: str = "{:.3f}") -> Cell:
    """An estimate with its 95% interval."""
    value, low, high = (form.format(each) for each in (estimate.value, estimate.low, estimate.high))
    return Cell(f"{value} ({low} to {high})", estimate.value)


def moment(time: datetime | None) -> str:
    """A moment to the minute."""
    return NONE if time is None else f"{time:%Y-%m-%d %H:%M} UTC"


def when(time: datetime | None) -> Cell:
    """The same in a table."""
    return Cell(moment(time), time.isoformat() if time else "")


def age(span: timedelta) -> str:
    """How long ago, in the largest unit that says enough."""
    hours = span / timedelta(hours=1)
    if hours < 1:
        return "less than an hour"
    return plural(round(hours), "hour") if hours < 48 else plural(round(hours / 24), "day")


def plural(n: int, noun: str) -> str:
    """A count with its noun."""
    return f"{n:,} {noun}" + ("" if n == 1 else "s")


def grade(letter: str | None) -> Cell:
    """A grade, which has a colour and its letter."""
    return Cell(NONE, "Z") if letter is None else Cell(letter, letter, f"grade-{letter.lower()}")


def name(identifier: object) -> Cell:
    """An identifier of a lead, an account or a seller; what is an e-mail address shows as a digest of it."""
    if identifier is None:
        return Cell(NONE, "")
    text = EMAIL.sub(lambda found: f"e-mail {_digest(found[0])}", str(identifier))
    return Cell(text, float(identifier) if isinstance(identifier, int) else text)


def prose(text: str | None) -> Cell:
    """Words about a lead, without e-mail addresses and phone numbers, should a category be called like one."""
    return Cell(masked(text) if text else "")


def masked(text: str) -> str:
    """``text`` without e-mail addresses and phone numbers."""
    return PHONE.sub(_hidden_phone, without_addresses(text))


def without_addresses(text: str) -> str:
    """``text`` without e-mail addresses."""
    return EMAIL.sub("[e-mail address]", text)


def total(column: pl.Series) -> int:
    """The sum of a column of counts."""
    return int(column.sum())


def _hidden_phone(found: re.Match[str]) -> str:
    is_one = sum(each.isdigit() for each in found[0]) >= DIGITS and not DAY.match(found[0])
    return "[phone number]" if is_one else found[0]


def _digest(text: str) -> str:
    return hashlib.sha256(text.lower().encode()).hexdigest()[:6]
