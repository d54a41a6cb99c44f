"""What soaks have to tell, as the page docs/soak.md."""

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version

from soak.meter import Reading
from soak.nights import Told, spans_of

TITLE = """# Soak

`make soak` lets one process run night after night and retrain after retrain on leads that change as in a CRM: they
come in, are edited, closed, reopened, corrected and deleted, and some outcomes are entered weeks late. Descriptions
grow, a business unit is new, and more leads convert from one night on. A column is added, one is renamed and one
retyped, each restored two nights later, and one night half of the open leads are impossible. Nights and retrains are
killed at a moment of chance and started again. Time is that of the leads: a night takes seconds.

After each night the store is held against what it must hold by then: the open, valid leads and no others, each with
the score, the grade and the reasons that the champion gives it when all are scored at once; the outcomes that the
table shows, each with what was said first; the history of what changed, and nothing that was written before touched;
the counts of the ledger, to the lead. Where a night had to be refused, nothing has changed. No connection, lock,
file, process or thread is left, and memory does not go on growing.
"""
NAMES = {
    "memory": "memory of the process, MB",
    "server_memory": "memory of the Prefect server, MB",
    "files": "open files",
    "threads": "threads",
    "processes": "processes beside it",
    "temporary_files": "temporary files",
    "connections": "connections to the store",
    "locks": "locks in the store",
}


def page(all_told: Sequence[Told]) -> str:
    """The page of some soaks."""
    minutes = sum(told.seconds for told in all_told) / 60
    made = f"Made on {datetime.now(UTC):%Y-%m-%d} in {minutes:.0f} minutes on {os.cpu_count()} CPUs"
    made += f" ({os.getloadavg()[2]:.1f} processes were waiting for them), with Python {platform.python_version()} and"
    made += f" Prefect {version('prefect')}.\n"
    return "\n".join([TITLE, made, what_happened(all_told), *(what_is_left(told) for told in all_told)])


def what_happened(all_told: Sequence[Told]) -> str:
    """How often what happened, a column for each soak."""
    columns = [facts(told) for told in all_told]
    names = list(dict.fromkeys(name for column in columns for name in column))
    head = ["", *(f"on {told.database}" for told in all_told)]
    return table(head, [[name, *(column.get(name, 0) for column in columns)] for name in names])


def facts(told: Told) -> dict[str, object]:
    return {
        "nights": len(told.nights),
        "leads, first and last night": f"{told.nights[0].leads:,}, {told.nights[-1].leads:,}",
        "retrains beside the first": len(told.retrains) - 1,
        **dict(sorted(told.happened.items())),
        "rows compared": f"{told.compared:,}",
    }


def what_is_left(told: Told) -> str:
    """What there was after a night, and what it took: medians of the first, the middle and the last nights."""
    spans = spans_of(told.nights)
    rows = [
        [NAMES[field.name], *(middling(getattr(night.reading, field.name) for night in span) for span in spans)]
        for field in fields(Reading)
    ]
    rows.append(["seconds a night", *(middling(night.seconds for night in span) for span in spans)])
    rows.append(["seconds a retrain", *map(middling, spans_of(told.retrains))])
    return f"On {told.database}, medians:\n\n" + table(["", "first nights", "in the middle", "last nights"], rows)


def middling(values: Iterable[float]) -> str:
    found = statistics.median(values)
    return f"{found:.0f}" if found >= 100 or found == int(found) else f"{found:.1f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
