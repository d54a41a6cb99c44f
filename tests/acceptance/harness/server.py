"""The PostgreSQL of these tests, stopped and started under a run."""

import os
import signal
import time
from pathlib import Path
from typing import Any

MODES = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}  # an orderly end of all sessions, and a crash
SECONDS = 60


class Server:
    """Handles a server of the pgserver wheel."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def stop(self, mode: str) -> None:
        """Until it is gone."""
        os.kill(self.handle.get_pid(), MODES[mode])
        sign = Path(self.handle.pgdata) / "postmaster.pid"
        deadline = time.monotonic() + SECONDS
        while sign.exists():
            assert time.monotonic() < deadline, f"PostgreSQL is still there after {SECONDS} s"
            time.sleep(0.05)

    def start(self) -> None:
        """Until it answers; after a crash it recovers first."""
        self.handle.ensure_postgres_running()
