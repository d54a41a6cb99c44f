"""The last look at what is staged, before it is published."""

from dataclasses import dataclass

from sqlalchemy import Connection

from leadscore.errors import AuditFailed, BatchRefused
from leadscore.pipeline import Pipeline
from leadscore.schema import Type
from leadscore.store.by_id import Ranges
from leadscore.store.queries import execute, read_ordered
from leadscore.store.runs import Run, overruled

MIN_LEADS = 1000  # fewer may move their mean by chance

DEFECT = "start the run again; if it happens again, report it as a defect."


@dataclass(frozen=True)
class Audited:
    """How many leads were pulled, and how many of them are staged as scored and as quarantined."""

    n_pulled: int
    n_scored: int
    n_quarantined: int


def audit(connection: Connection, run: Run, pipeline: Pipeline, max_mean_shift: float) -> Audited:
    """Raise AuditFailed if what is staged does not add up, BatchRefused if it moves the mean score too far."""
    versions = {"model_version": run.model_version, "rules_version": run.rules_version}
    staged = execute(connection, "audit_staged", **versions).one()
    if staged.n_invalid:
        raise AuditFailed(
            f"{staged.n_invalid} staged scores are null or out of range; nothing was published.",
            "run `leadscore retrain`: the champion gives no valid probability for them.",
        )
    if staged.n_scored + staged.n_quarantined != staged.n_pulled:
        raise AuditFailed(
            f"{staged.n_pulled} leads were pulled, but {staged.n_scored} scored and {staged.n_quarantined} "
            "quarantined; nothing was published.",
            DEFECT,
        )
    _require_known(connection, pipeline)
    if run.scope != "backfill":
        with overruled(run):
            _require_steady(connection, max_mean_shift)
    return Audited(int(staged.n_pulled), staged.n_scored, staged.n_quarantined)


def _require_known(connection: Connection, pipeline: Pipeline) -> None:
    id_type = Type.INTEGER if pipeline.gone.schema["lead_id"].is_integer() else Type.TEXT
    staged, unknown = Ranges(read_ordered(connection.engine, "staged_leads", {"lead_id": id_type})), 0
    for due in filter(len, pipeline.due):
        unknown += staged.upto(due["lead_id"].max()).join(due, on="lead_id", how="anti").height
    unknown += staged.upto(None).height
    if unknown:
        raise AuditFailed(f"{unknown} staged scores are of leads that were not due; nothing was published.", DEFECT)


def _require_steady(connection: Connection, max_mean_shift: float) -> None:
    shift = execute(connection, "audit_shift").one()
    if shift.n_leads >= MIN_LEADS and abs(shift.staged_mean - shift.present_mean) > max_mean_shift:
        raise BatchRefused(
            f"The mean score of {shift.n_leads:,} leads that this model scored before would move from "
            f"{shift.present_mean:.1f} to {shift.staged_mean:.1f} (limit {max_mean_shift:g}); nothing was published.",
            "look for the cause in the source, since the model is the same; [publish] max_mean_shift is the limit.",
        )
