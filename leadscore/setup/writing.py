"""A draft as a commented leadscore.toml: every guess with its evidence, every column with its kind."""

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import make_url

from leadscore.leaks.findings import Finding
from leadscore.schema import Column
from leadscore.setup.draft import Draft
from leadscore.setup.roles import Guess

BARE = re.compile(r"[A-Za-z0-9_-]+")
WIDTH = 118
MOST_TOLD = 5  # columns that are named
COSTS = {  # what a role that no column has costs
    "created_at": "no column of it is seen: models are judged on accounts or leads drawn at random",
    "closed_at": "no column of it is seen: the history of accounts and sellers is not used",
    "updated_at": "no column of it is seen: a hash of the row tells what changed",
    "account": "no column of it is seen: the history of accounts is not used",
    "owner": "no column of it is seen: queues are not parted by seller",
}
IN_ORDER = "no column of it is seen: the order is taken for that in time, and models are judged on the last leads in it"


def written(draft: Draft) -> str:
    """The file's text."""
    return "\n".join([*_head(draft), "", *_leads(draft), "", *_columns(draft), "", *_models(), ""])


def _head(draft: Draft) -> Iterator[str]:
    yield "# Written by `leadscore init` from what the columns look like. Correct what is wrong, then run"
    yield "# `leadscore check`; docs/configure.md lists every key."
    if draft.preview:
        yield "#"
        yield from _folded(f"Leads: {draft.preview}.")
        yield from _folded(draft.preview.problem.message if draft.preview.problem else "That is enough to learn from.")
    yield ""
    yield "[database]"
    if make_url(draft.url).password:
        yield "# The URL has a password: it is read from the environment, LEADSCORE_DATABASE__URL."
    else:
        yield f"url = {toml(draft.url)}  # of leads and scores; source_url: where leads are, if elsewhere"


def _leads(draft: Draft) -> Iterator[str]:
    yield "[leads]"
    if draft.outcome.query:
        yield "# The leads with their deals; give more columns of other tables here."
        yield f"query = {_literal(draft.outcome.query)}"
    else:
        yield f"table = {toml(draft.look.table)}"
    yield from _role("id", draft.roles["id"])
    if draft.outcome.label:
        yield _line("label", draft.outcome.label, draft.outcome.evidence)
    else:
        yield f"# label: {draft.outcome.evidence}"
    if draft.outcome.converted:
        yield _line("converted", draft.outcome.converted, "values of the label that mean so")
        yield _line("lost", draft.outcome.lost, "the same; all others are open" if draft.outcome.lost else "")
    if draft.roles["order"]:
        yield f"# created_at: {IN_ORDER}"
        yield from _role("order", draft.roles["order"])
    else:
        yield from _role("created_at", draft.roles["created_at"])
    for role in ("closed_at", "updated_at", "account", "owner"):
        yield from _role(role, draft.roles[role])
    yield from _lists(draft)


def _role(role: str, guess: Guess | None) -> Iterator[str]:
    yield _line(role, guess.column, guess.evidence) if guess else f"# {role}: {COSTS[role]}"


def _lists(draft: Draft) -> Iterator[str]:
    """What is excluded, and what means missing or is of another kind than it looks."""
    leads = draft.leads
    for leak in draft.leaks:
        yield from _folded(f"{leak.column} seems to know the outcome ({leak.check}): {leak.figure}")
    yield _line("exclude", leads["exclude"], "what is known only after the outcome")
    for word, columns in draft.placeholders.items():
        more = f" and {len(columns) - MOST_TOLD} more" if len(columns) > MOST_TOLD else ""
        yield f"# {toml(word)} stands in {', '.join(map(_line_of, columns[:MOST_TOLD]))}{more}"
    yield _line("missing", leads["missing"], "texts that mean missing")
    for odd in draft.oddities:
        if odd.kind or odd.column in leads["missing_in"]:
            yield f"# {_line_of(odd.column)}: {_line_of(odd.words)}"
    yield from (_line(key, leads[key], "") for key in ("missing_in", "kinds") if leads[key])


def _columns(draft: Draft) -> Iterator[str]:
    """What each column is taken for, and what is told of it, as comments."""
    if draft.judged is None:
        return
    schema, findings = draft.judged.schema, draft.judged.findings
    yield "# What the columns are taken for; another kind is set in kinds."
    width = max((len(column.name) for column in schema.columns), default=0)
    for column in schema.columns:
        taken_for = f"{column.kind}{_read(column, draft.judged.read_as)}{_told(column, findings)}"
        line = f"#   {_line_of(column.name):<{width}}  {taken_for}"
        yield from textwrap.wrap(line, WIDTH, subsequent_indent="#" + " " * (width + 5), break_on_hyphens=False)


def _read(column: Column, read_as: Mapping[str, str]) -> str:
    """What a column of text is read as, if it is more than text as it stands."""
    said = read_as.get(column.name, "plain").replace("_", " ")
    return "" if said in ("plain", "identifier", "prose") else f", read as {said}"


def _told(column: Column, findings: Sequence[Finding]) -> str:
    told = [finding for finding in findings if finding.column == column.name and not finding.leak]
    return "".join(f"; {finding.check}: {_line_of(finding.figure)}" for finding in told[:1])


def _models() -> Iterator[str]:
    yield "[models]"
    yield 'dir = "models"'


def _line(key: str, value: Any, comment: str) -> str:
    return f"{key} = {toml(value)}" + (f"  # {_line_of(comment)}" if comment else "")


def _folded(text: str) -> Iterator[str]:
    """A comment of as many lines as it takes."""
    yield from textwrap.wrap(_line_of(text), WIDTH, initial_indent="# ", subsequent_indent="#   ")


def _literal(query: str) -> str:
    """A query as it stands, unless a name in it would end the text, or is one that TOML takes in no such text."""
    fits = "'''" not in query and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", query)
    return f"'''\n{query}\n'''" if fits else toml(query)


def _line_of(text: str) -> str:
    """Text that stays within a comment."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())


def toml(value: Any) -> str:
    """A value in TOML: texts, numbers, lists and tables of them."""
    if isinstance(value, Mapping):
        pairs = (f"{name if BARE.fullmatch(name) else toml(name)} = {toml(each)}" for name, each in value.items())
        return f"{{ {', '.join(pairs)} }}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Sequence):
        return f"[{', '.join(map(toml, value))}]"
    return str(value)
