"""The dialect of a file, found by trying: the one by which most of its first lines are rows of one width."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from leadscore.intake.blocks import Aside
from leadscore.intake.dialect import CANDIDATES, MOST_LINES, Dialect
from leadscore.intake.lines import Lines
from leadscore.intake.names import are_names
from leadscore.intake.records import rows

MOSTLY = 0.5  # share of the rows from which on a width is that of the table, if the first row has another


def sniff(sample: Sequence[str], separator: str | None = None) -> tuple[Dialect, int]:
    """The dialect of the first lines of a file, and the number of the line with the names; of equals the first.

    Lines above the names, such as a title, are narrower than what follows.
    """
    escapes = any('\\"' in line for line in sample)
    offered = [each for each in CANDIDATES if separator in (None, each.separator) and each.escaped <= escapes]
    tried = [(_fit(each, sample), each) for each in offered or [Dialect(str(separator))]]
    (*_, line), found = max(tried, key=lambda each: each[0][:3])
    return found, line


def _fit(dialect: Dialect, sample: Sequence[str]) -> tuple[bool, float, int, int]:
    """Whether the first row of the usual width holds names, the share of such rows, their width, and its line."""
    found = list(rows(Lines(partial(next, iter(sample), ""), MOST_LINES), dialect, None))
    sound = [row for row in found if not isinstance(row, Aside)]
    wide = Counter(len(cells) for _, cells in sound if len(cells) > 1)
    if not wide:
        return False, 0.0, 1, sound[0][0] if sound else 1
    [(width, n)] = wide.most_common(1)
    line, names = next((line, cells) for line, cells in sound if len(cells) == width)
    if n < MOSTLY * len(found) and line != sound[0][0]:
        return False, 0.0, 1, sound[0][0]  # text with a separator here and there
    return are_names(names), n / len(found), width, line
