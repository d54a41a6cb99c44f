"""The weekly job: learn from the leads whose outcome is known, and promote the model if it has shown its worth."""

from datetime import datetime

from prefect import flow

from leadscore.job import Promote
from leadscore.report.words import Summary
from tasks import training as step
from tasks.working import run_name, tell, working


@flow(name="retrain", flow_run_name=run_name)
def retrain(as_of: datetime | None = None, promote: Promote = "auto") -> Summary:
    """Train on what was known as of a moment (default: the scheduled time); ``promote`` overrules the gate."""
    with working(as_of) as job:
        found = step.find_known(job)
        closed, still_open = step.pull_known(job, found), step.pull_open(job, found)
        known = step.prepare(job, found, closed, still_open)
        trained = step.fit(job, known)
        verdict = step.judge_model(job, trained)
        summary = step.register_model(job, known, trained, verdict, promote)
    tell("retrain", summary)
    return summary
