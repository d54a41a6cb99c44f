"""What time it is for the runs of a process: the moment that they stand for, if that is long ago."""

from datetime import datetime

import pytest

READERS = ("tasks.scoring", "tasks.training", "tasks.working")  # who asks for the time


def set_clock(patch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Let it be this moment, naive UTC, until the patch is undone."""
    for module in READERS:
        patch.setattr(f"{module}.utc_now", lambda: moment)
