"""What the leak guard found in a column, and what is done about it."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from leadscore.errors import LeakFound

CERTAIN = 1e-6  # probability below which chance does not explain what was found
IF_LATE = "If it is known only after the outcome, name it in [leads] exclude."

OnLeak = Literal["exclude", "warn", "fail"]

Check = Literal[
    "too good alone",
    "filled only for converted",
    "filled only for lost",
    "only after the outcome",
    "filled in later",
    "after the lead",
    "near constant",
    "copy",
    "many values",
    "row order",
    "one-label account",
    "computed from the label",
]


class Finding(BaseModel):
    """One check that ``column`` failed; ``figure`` is a sentence with the numbers, without any cell of the table.

    ``leak``: the column seems to know the outcome. ``useless``: it says nothing, or nothing that another does not
    say. With neither it is only told, and kept.
    """

    model_config = ConfigDict(frozen=True)

    column: str
    check: Check
    figure: str
    leak: bool = False
    useless: bool = False


def settle(findings: Sequence[Finding], on_leak: OnLeak) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The columns to leave out by ``[leads] on_leak``, and a sentence for each finding: what it is and what was done.

    Useless columns are left out in any case, which loses nothing.
    Raises LeakFound if it is "fail" and a column is a leak.
    """
    leaks = [finding for finding in findings if finding.leak]
    if leaks and on_leak == "fail":
        raise LeakFound(
            f"{_columns(leaks)}: {' '.join(_told(leak, 'seems to know the outcome') for leak in leaks)}",
            "name what is known only after the outcome in [leads] exclude, "
            'or set [leads] on_leak to "exclude" or "warn".',
        )
    out = [finding for finding in findings if finding.useless or (finding.leak and on_leak == "exclude")]
    left_out = tuple(dict.fromkeys(finding.column for finding in out))
    return left_out, tuple(_told(finding, _done(finding, left_out)) for finding in findings)


def _columns(leaks: Sequence[Finding]) -> str:
    n = len({leak.column for leak in leaks})
    return f"{n} column{'s' if n > 1 else ''} may hold what is known only after the outcome"


def _done(finding: Finding, left_out: tuple[str, ...]) -> str:
    if finding.column in left_out:
        return "is left out"
    return "is kept, though it seems to know the outcome" if finding.leak else "is kept"


def _told(finding: Finding, done: str) -> str:
    return f"{finding.column} {done} ({finding.check}): {finding.figure}"
