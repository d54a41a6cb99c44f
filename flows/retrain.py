"""The weekly job: learn from the leads whose outcome is known, and promote the model if it has shown its worth."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from pydantic import Field

from leadscore.job import Promote
from leadscore.report.model_card import page
from leadscore.report.words import Summary
from tasks import training as step
from tasks.lateness import leaving_when_overtaken
from tasks.working import run_name, tell, working


@flow(name="retrain", flow_run_name=run_name)
@leaving_when_overtaken
def retrain(
    as_of: datetime | None = None,
    promote: Promote = "auto",
    budget_s: Annotated[int, Field(ge=1)] | None = None,
    trials: Annotated[int, Field(ge=0)] | None = None,
) -> Summary:
    """Train on what was known as of a moment (default: the scheduled time); ``promote`` overrules the gate.

    ``budget_s`` and ``trials`` take the place of the settings under [training].
    """
    with working(as_of, budget_s=budget_s, trials=trials) as job:
        found = step.find_known(job)
        closed, still_open = step.pull_known(job, found), step.pull_open(job, found)
        known = step.prepare(job, found, closed, still_open)
        trained = step.fit(job, known, step.last_recipe(job))
        card = step.evaluate(job, known, trained, still_open)
        artifact = step.save_model(job, known, trained, card)
        verdict = step.judge_model(job, closed, still_open, known, trained, artifact)
        summary = step.register_model(job, known, trained, card, artifact, verdict, promote)
    tell("retrain", summary.title, summary.markdown())
    tell("model-card", f"Card of model {artifact.version}", page(card, artifact.version))
    return summary
