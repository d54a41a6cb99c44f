"""The command line: the front door. It imports the flows only when a command needs them."""

from leadscore.cli import leads, runs, trials, scores, models  # noqa: I001 - commands are listed in this order
from leadscore.cli.front import app

__all__ = ["app", "leads", "models", "runs", "scores", "trials"]
