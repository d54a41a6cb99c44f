"""Whether the next run would work: all that it needs is looked at, and nothing is written anywhere."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, Row

from leadscore.errors import LeadScoreError, NoChampion, SourceError, StoreError
from leadscore.forecast import forecast
from leadscore.job import naive_utc
from leadscore.models.bundle import Bundle, load
from leadscore.previewing import preview
from leadscore.report.words import Summary
from leadscore.settings import Settings, overridden
from leadscore.store.engine import open_engine, reading, require_database, same_database, shown
from leadscore.store.lock import require_store
from leadscore.store.migrate import due, revision
from leadscore.store.queries import execute
from leadscore.store.registry import Champion
from leadscore.store.registry import champion as present_champion
from leadscore.store.source import Source, open_source
from leadscore.toml_lines import located

LAST_RUNS = 3

T = TypeVar("T")


@dataclass
class Findings:
    """What was found so far, each a label and a text, and the first thing that would stop a run.

    ``learnable``: there are enough known leads to learn from. ``written``: the text of the settings' file.
    """

    written: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    problem: LeadScoreError | None = None
    learnable: bool = True

    @property
    def summary(self) -> Summary:
        return Summary("What the next run would find", tuple(self.facts))

    def look(self, label: str, at: Callable[[], tuple[str, T]]) -> T | None:
        """Note the text of what is looked at, and return the thing; if that fails, note why, and return None."""
        try:
            text, thing = at()
        except LeadScoreError as error:
            text, thing = located(error.message, self.written, overridden()), None
            self.problem = self.problem or error
        self.facts.append((label, text))
        return thing


def check(settings: Settings, file: Path, as_of: datetime) -> Findings:
    """Look at the leads, the store, the model and the last runs, as ``settings``, read from ``file``, name them.

    What the leads come to is told as of a moment in naive UTC.
    """
    found = Findings(file.read_text(encoding="utf-8"), [("settings", str(file))])
    with ExitStack() as opened:
        source = found.look("leads", partial(_leads, settings, settings.source_url, opened))
        if source:
            found.learnable = bool(found.look("outcomes", partial(_outcomes, source, settings, as_of)))
        store = found.look("store", partial(_store, settings, opened))
        if store:
            champion = found.look("champion", partial(_champion, store, source))
            if champion and source and not due(store):
                found.look("next run", partial(_next_run, store, source, settings, champion, as_of))
            found.look("last runs", partial(_last_runs, store))
        if source and settings.publish.into:
            found.look("written back", partial(_written_back, settings, store, opened))
    return found


def _open(url: str, settings: Settings, opened: ExitStack) -> Engine:
    engine = open_engine(url, settings.database.timeouts)
    opened.callback(engine.dispose)
    return engine


def _leads(settings: Settings, url: str, opened: ExitStack) -> tuple[str, Source]:
    require_database(url)
    engine, leads = _open(url, settings, opened), settings.leads
    source = open_source(engine, leads, written=list(settings.publish.into.values()))
    names = {"id": leads.id, "account": leads.account, "owner": leads.owner}
    identifiers = (f"{role} {name} ({source.identifier_types[role]})" for role, name in names.items() if name)
    what = f"table {leads.table}" if leads.table else "a query"
    return f"{what} of {shown(engine)}: {len(source.types)} columns; {', '.join(identifiers)}", source


def _outcomes(source: Source, settings: Settings, as_of: datetime) -> tuple[str, bool]:
    """What the leads come to, and whether a model can be learned from them."""
    try:
        shown = preview(source, settings, naive_utc(as_of))
    except SourceError as error:
        return error.message, False
    return f"{shown}; {shown.verdict}", shown.problem is None


def _store(settings: Settings, opened: ExitStack) -> tuple[str, Engine | None]:
    """The store, or None where no run has been there yet."""
    engine = _open(settings.database.url, settings, opened)
    if engine.dialect.name == "sqlite" and not _is_file(engine):
        shared = same_database(settings.source_url, settings.database.url)
        return f"{shown(engine)}: not there" + ("" if shared else " yet, the next run makes it"), None
    require_store(engine)
    present, lacking = revision(engine), due(engine)
    if not present:
        return f"{shown(engine)}: empty, the next run makes the tables", None
    state = f"migration due: {present} -> {lacking[-1]}; the next run does it" if lacking else f"revision {present}"
    return f"{shown(engine)}: {state}", engine


def _is_file(engine: Engine) -> bool:
    """Whether the file of a SQLite store is there. Raises StoreError if it cannot be made."""
    file = Path(engine.url.database or "")
    if not file.parent.is_dir():
        raise StoreError(f"There is no folder {file.parent} for the store.", "make it, or mend [database] url.")
    return file.is_file()


def _champion(store: Engine, source: Source | None) -> tuple[str, tuple[Champion, Bundle] | None]:
    try:
        entry = present_champion(store)
    except NoChampion:
        return "none yet: `leadscore retrain` trains one, and `leadscore score` needs it", None
    bundle = load(entry.uri, entry.sha256)
    if source is None:
        return f"{entry.version}, its file is whole", (entry, bundle)
    bundle.schema.check(source.features)
    return f"{entry.version}, its file is whole and the leads have all its columns", (entry, bundle)


def _next_run(
    store: Engine, source: Source, settings: Settings, model: tuple[Champion, Bundle], as_of: datetime
) -> tuple[str, None]:
    entry, bundle = model
    return forecast(store, source, settings, entry.version, bundle, naive_utc(as_of)), None


def _last_runs(store: Engine) -> tuple[str, None]:
    with reading(store) as connection:
        runs = execute(connection, "last_runs", n=LAST_RUNS).fetchall()
    return "\n".join(map(_told, runs)) or "none yet", None


def _told(run: Row[Any]) -> str:
    scored = f", {run.n_scored:,} leads scored" if run.n_scored is not None else ""
    why = f": {run.error.partition(' Hint: ')[0]}" if run.error else ""
    return f"{str(run.as_of)[:16]} UTC {run.status}{scored} (run {run.run_id}){why}"


def _written_back(settings: Settings, store: Engine | None, opened: ExitStack) -> tuple[str, None]:
    url = settings.publish.url
    if url and not same_database(url, settings.source_url):
        _leads(settings, url, opened)
    columns = ", ".join(f"{name} into {column}" for name, column in settings.publish.into.items())
    return columns + (_pending(store) if store and not due(store) else ""), None


def _pending(store: Engine) -> str:
    with reading(store) as connection:
        return f"; {execute(connection, 'pending_write_backs').scalar_one():,} rows are still to be written"
