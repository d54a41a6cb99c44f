"""A person who asks to be forgotten: erased from every table and file that leadscore makes, and searched for again."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from leadscore.errors import SourceError, StoreError
from leadscore.job import open_job
from leadscore.report.shown import plural
from leadscore.report.words import Summary
from leadscore.reporting import keep_report
from leadscore.settings import Settings
from leadscore.store import forget as tables
from leadscore.store.engine import reading
from leadscore.store.migrate import migrate
from leadscore.store.published import identifier
from leadscore.store.source import Source, fetch
from leadscore.traces import erase, traces


@dataclass(frozen=True)
class Forgotten:
    """What went: ``rows`` by table, and ``files``; and what was searched after that.

    ``perhaps`` are places where the id, a text, occurs as it may of anything.
    """

    lead_id: int | str
    rows: dict[str, int]
    files: list[str]
    n_tables: int
    n_files: int
    perhaps: list[str] = field(default_factory=list)


def told(done: Forgotten, n_artifacts: int) -> Summary:
    """What was done, in words; ``n_artifacts`` of Prefect went, too."""
    rows = [(name, plural(n, "row")) for name, n in done.rows.items()]
    files = [("file", path) for path in done.files]
    searched = f"{done.n_tables} tables, {plural(done.n_files, 'file')}, Prefect's artifacts: nothing is left"
    perhaps = [("look yourself", f"{place} has the same text, which may be something else") for place in done.perhaps]
    there_was = rows or files or n_artifacts
    return Summary(
        f"Lead {done.lead_id} is forgotten" if there_was else f"Nothing is kept of lead {done.lead_id}",
        (*rows, *files, ("artifacts of Prefect", str(n_artifacts)), ("searched", searched), *perhaps),
    )


def forget(settings: Settings, folder: Path, typed: str, now: datetime) -> Forgotten:
    """Erase the lead that a person ``typed`` from the store and the files, those beside leadscore.toml in ``folder``.

    The store is held meanwhile: a run would bring the lead back. Raises SourceError while the lead is in the source,
    StoreError where something of it is left. A second time finds nothing, and searches again.
    """
    with open_job(settings, now) as job:
        migrate(job.store, job.source.identifier_types)
        with reading(job.store) as connection:
            lead_id = identifier(connection, "lead_id", typed)
        require_gone(job.source, lead_id)
        rows = tables.erase(job.store, lead_id)
        tables.overwrite(job.store)
        files = erase_files(settings, folder, lead_id)
        if files:
            keep_report(job.store, settings.report, now)
        return proven(job.store, settings, folder, Forgotten(lead_id, rows, files, len(tables.BY_LEAD), 0))


def require_gone(source: Source, lead_id: int | str) -> None:
    """Raise SourceError while the source still holds the lead."""
    dtype = source.identifier_types["id"].polars
    if fetch(source, pl.Series("lead_id", [lead_id], dtype=dtype)).lives.height:
        raise SourceError(
            f"Lead {lead_id} is still in the source: the next night would score it again.",
            "delete it there first, or let a [leads] query leave it out; then forget it. Nothing was changed.",
        )


def erase_files(settings: Settings, folder: Path, lead_id: int | str) -> list[str]:
    """Erase the lead from the files that name it; which these are."""
    found = [each for each in traces(settings, folder, lead_id)[0] if each.surely]
    for each in found:
        erase(each, lead_id)
    return [each.path for each in found]


def proven(store: Engine, settings: Settings, folder: Path, done: Forgotten) -> Forgotten:
    """Search every table and file again. Raises StoreError where something of the lead is left."""
    left, n_files = traces(settings, folder, done.lead_id)
    rows = {name: n for name, n in tables.rows_of(store, done.lead_id).items() if n}
    if still := [*rows, *(each.path for each in left if each.surely)]:
        raise StoreError(
            f"Something of lead {done.lead_id} is left in {', '.join(still)}.",
            "another program wrote there meanwhile: run `leadscore forget` again.",
        )
    cells = tables.cells_with(store, done.lead_id) if isinstance(done.lead_id, str) else {}
    perhaps = [f"{name} ({n} rows)" for name, n in cells.items()] + [each.path for each in left]
    return Forgotten(done.lead_id, done.rows, done.files, done.n_tables, n_files, perhaps)
