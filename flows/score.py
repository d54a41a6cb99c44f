"""The nightly job: score the open leads that are due, and publish the scores."""

from datetime import datetime

from prefect import flow

from leadscore.report.words import Summary, published_before
from tasks import scoring as step
from tasks.working import run_name, tell, working


@flow(name="score", flow_run_name=run_name)
def score(as_of: datetime | None = None, full: bool = False) -> Summary:
    """Score what is due, as of a moment (default: the scheduled time); ``full`` scores every open lead anew."""
    with working(as_of) as job:
        model = step.load_champion(job)
        with step.entered(job, model, full) as run:
            if run.published:
                step.write_back(job, run)
                return published_before(run)
            pipeline = step.find_due(job, model, run)
            earlier = step.recall(job, model, pipeline)
            for due in step.unstaged(job, run, pipeline):
                chunk = step.pull(job, model, run, due)
                checked = step.validate(model, chunk)
                scores = step.predict(job, model, checked, earlier)
                step.stage(job, run, due, checked, scores)
            step.judge_batch(job, model, run, pipeline)
            summary = step.publish(job, model, run, pipeline)
            step.write_back(job, run)
    tell("score-night", summary.title, summary.markdown())
    return summary
