"""The nightly job: score the open leads that are due, and publish the scores."""

from datetime import datetime

from prefect import flow

from leadscore.report.words import Summary, published_before
from tasks import scoring as step
from tasks.lateness import leaving_when_overtaken
from tasks.working import run_name, tell, working


@flow(name="score", flow_run_name=run_name)
@leaving_when_overtaken
def score(as_of: datetime | None = None, full: bool = False) -> Summary:
    """Score what is due, as of a moment (default: the scheduled time); ``full`` scores every open lead anew."""
    with working(as_of) as job:
        model = step.load_champion(job)
        with step.entered(job, model, full) as run:
            if run.published:
                step.announce(job, run)
                step.write_back(job, run)
                step.report(job, run)
                return published_before(run)
            pipeline = step.find_due(job, model, run)
            left = step.unstaged(job, run, pipeline)
            step.score_chunks(job, model, run, pipeline, left)
            step.judge_batch(job, model, run, pipeline)
            summary, told = step.publish(job, model, run, pipeline)
            step.announce(job, run)
            step.write_back(job, run)
        report = step.report(job, run, told)
        step.prune(job)
    tell("score-night", summary.title, f"{summary.markdown()}\n{report}")
    return summary
