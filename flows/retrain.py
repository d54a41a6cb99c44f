"""The weekly job: learn from the leads whose outcome is known, and promote the model if it has shown its worth."""

from datetime import datetime
from typing import Literal

from prefect import flow

from leadscore.report.words import Summary
from tasks import training as step
from tasks.working import run_name, tell, working


@flow(name="retrain", flow_run_name=run_name)
def retrain(as_of: datetime | None = None, promote: Literal["auto", "never", "always"] = "auto") -> Summary:
    """Train on what was known as of a moment (default: the scheduled time); ``promote`` overrules the gate."""
    with working(as_of) as job:
        known = step.pull_known(job)
        history = step.prepare(job, known)
        trained = step.fit(job, history)
        verdict = step.judge_model(job, trained)
        summary = step.register_model(job, history, trained, verdict, promote)
    tell("retrain", summary)
    return summary
