"""`leadscore init`: from a database to a leadscore.toml beside which the first run can start."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from leadscore.errors import ConfigError
from leadscore.report.words import Summary
from leadscore.settings import anchored_url
from leadscore.setup.draft import Ask, Draft, choose_table, drafted, previewed
from leadscore.setup.writing import written
from leadscore.store.engine import open_engine, require_database


def require_free(file: Path, *, replace: bool) -> None:
    """Raise ConfigError if there is a ``file`` already, and it is not to be replaced."""
    if file.exists() and not replace:
        raise ConfigError(f"There is a {file.name} in {file.parent} already.", "replace it by --force.")


def initialise(
    file: Path, url: str, table: str | None, said: Mapping[str, str | None], ask: Ask, as_of: datetime
) -> Draft:
    """Look at the database ``url``, whose relative path starts where ``file`` is, and write the settings there."""
    place = anchored_url(url, file.parent)
    require_database(place)
    engine = open_engine(place)
    try:
        draft = drafted(engine, url, choose_table(engine, table, ask), said, ask)
        draft = previewed(draft, engine, as_of)
    finally:
        engine.dispose()
    try:
        file.write_text(written(draft), encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{file} cannot be written: {error.strerror}.", "go to a folder of yours.") from None
    return draft


def told(draft: Draft) -> Summary:
    """What was found, in words."""
    outcome = draft.outcome
    n_seen = draft.look.sample.height
    part = f", of which the first {n_seen:,} were looked at" if n_seen < draft.look.n else ""
    facts = [
        ("table", f"{draft.look.table}, {draft.look.n:,} rows{part}"),
        ("outcome", f"{outcome.label}: {outcome.evidence}" if outcome.label else outcome.evidence),
    ]
    facts += [(key, ", ".join(values)) for key in ("converted", "lost") if (values := draft.leads.get(key))]
    facts += [(role, f"{guess.column}: {guess.evidence}") for role, guess in draft.roles.items() if guess]
    if missing := [role for role, guess in draft.roles.items() if guess is None and role != "order"]:
        facts.append(("not found", f"{', '.join(missing)}: leadscore.toml says what that costs"))
    facts += [("left out", f"{leak.column} seems to know the outcome: {leak.figure}") for leak in draft.leaks]
    if placeholders := ", ".join(map(repr, draft.placeholders)):
        facts.append(("missing", f"{placeholders}: taken for it wherever it stands"))
    facts += [(odd.column, f"{odd.words}: {odd.taken}") for odd in draft.oddities if odd.taken]
    if draft.preview:
        facts.append(("leads", str(draft.preview)))
        facts.append(("verdict", draft.preview.verdict))
    runs = "leadscore check, then retrain, score and top" if outcome.label else "leadscore explore"
    facts.append(("next", f"look through leadscore.toml; {runs}"))
    return Summary("What your leads look like", tuple(facts))
