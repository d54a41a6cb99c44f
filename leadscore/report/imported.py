"""What became of a file that was imported, in words."""

from collections import Counter
from pathlib import Path

from leadscore.intake.importing import Imported
from leadscore.report.words import Summary
from leadscore.store.imports import CONTENT_KEY, NUMBER

MOST_TOLD = 5  # reasons, and columns, that are named


def imported(path: Path, done: Imported) -> Summary:
    """The file ``path`` in its table."""
    return Summary(f"Imported {path.name} into table {done.target.name}", tuple(_facts(done)))


def _facts(done: Imported) -> list[tuple[str, str]]:
    merged, rejected = done.merged, done.rejected
    kinds = Counter(column.type.value for column in done.plan.columns.values())
    n_loaded = merged.n_new + merged.n_known
    facts = [
        *done.plan.file.found,
        ("columns", f"{kinds.total():,}: {', '.join(f'{n:,} {kind}' for kind, n in kinds.most_common())}"),
        ("rows", f"{n_loaded:,} loaded: {merged.n_new:,} new, {merged.n_known:,} known before"),
        ("known by", done.key or _by_content(done)),
    ]
    if rejected.n:
        reasons = rejected.reasons.most_common(MOST_TOLD)
        more = "; and others" if len(rejected.reasons) > MOST_TOLD else ""
        told = "; ".join(f"{n:,} since {reason}" for reason, n in reasons)
        facts.append(("set aside", f"{rejected.n:,} rows, in {rejected.file.name} with their lines: {told}{more}"))
    if done.ambiguous:
        names = ", ".join(done.ambiguous[:MOST_TOLD])
        facts.append(("left as text", f"{names}: day or month first? Say it by --dates"))
    return facts


def _by_content(done: Imported) -> str:
    nearly = "".join(f"; {name} would be an id but for {n:,} rows: --id {name}" for name, n in done.nearly.items())
    return f"their content ({CONTENT_KEY}), in the order of {NUMBER}{nearly}"
