"""Everything that leadscore refuses or fails with.

    LeadScoreError
    ├── ConfigError             leadscore.toml or the environment says something impossible
    ├── SourceError             the leads table: not there, or not as described
    │   ├── SchemaChanged       a column is missing or changed type since training
    │   ├── LabelError          the label column holds something that is no outcome
    │   └── LeakFound           a column seems to hold what is known only after the outcome
    ├── NotEnoughLeads          too little known history to train on
    ├── BatchRefused            a limit on the whole batch is passed: nothing is published, unless a person accepts it
    ├── AuditFailed             what is staged is not what should be published: nothing is
    ├── StoreError              the score store: not there, or not as expected
    ├── DatabaseUnreachable     a database did not answer, or is locked (a retry can help)
    ├── AlreadyRunning          another run holds the store
    ├── Overtaken               a scheduled run is late: a later one does its work, or has done it
    ├── ServingFailed           `leadscore up` cannot serve: a server or worker does not start, or ended by itself
    ├── ProcessLost             a process that worked for the run died
    ├── ClusterLost             a Dask cluster does not answer, or was lost with what it worked on
    ├── NoChampion              there is no model to score with
    └── BundleDamaged           a model file is missing, changed or unreadable

Each carries one line of what is wrong and where, a hint that says what to do, and whether a retry can help.
"""

import difflib
from collections.abc import Collection
from typing import ClassVar


class LeadScoreError(Exception):
    """A refusal in words: ``message`` says what is wrong and where, ``hint`` what to do about it."""

    retryable: ClassVar[bool] = False

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} Hint: {self.hint}"


class ConfigError(LeadScoreError):
    """The settings are missing, unknown or contradictory."""


class SourceError(LeadScoreError):
    """The leads cannot be read as the settings describe them."""


class SchemaChanged(SourceError):
    """The leads no longer have the columns or types that the model was trained on."""


class LabelError(SourceError):
    """The label column holds a value that is neither 0/1, true/false nor yes/no."""


class LeakFound(SourceError):
    """A column seems to hold what is known only after the outcome, and the settings ask to fail then."""


class NotEnoughLeads(LeadScoreError):
    """Too few known outcomes, too few conversions, or one class only."""


class BatchRefused(LeadScoreError):
    """A limit on the whole batch is passed, so nothing is published unless a person accepts it."""


class AuditFailed(LeadScoreError):
    """What is staged does not add up, so nothing is published, whoever accepts it."""


class StoreError(LeadScoreError):
    """The score store is not there or not as expected."""


class DatabaseUnreachable(LeadScoreError):
    """A database did not answer, or another program keeps it locked."""

    retryable = True


class AlreadyRunning(LeadScoreError):
    """Another run works on this store."""


class Overtaken(LeadScoreError):
    """A later run does the work of this scheduled one, or has done it."""


class ServingFailed(LeadScoreError):
    """A Prefect server or worker does not start, or ended by itself."""


class ProcessLost(LeadScoreError):
    """A process that worked for the run was killed."""


class ClusterLost(LeadScoreError):
    """A Dask cluster does not answer, or did not get through the work that it was given."""


class NoChampion(LeadScoreError):
    """No model has been promoted yet."""


class BundleDamaged(LeadScoreError):
    """A model bundle is missing, does not match its sha256, or cannot be read."""


def meant(name: str, known: Collection[str]) -> str:
    """A hint for a ``name`` that is not ``known``: the one that was probably meant, else all there are."""
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(known) or 'none'}."
