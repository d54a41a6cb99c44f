"""How nights are scored, published, watched and scheduled, what is kept of them, and by which means."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Literal

from cronsim import CronSim, CronSimError
from pydantic import AfterValidator, Field, field_validator

from leadscore.errors import meant
from leadscore.sections.section import Section, Share, Url, Zone


def _sound_cron(text: str) -> str:
    try:
        if len(text.split()) != 5:
            raise CronSimError("it has minute, hour, day of the month, month and day of the week")
        next(CronSim(text, datetime.now(UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{text!r} is no cron expression: {error or 'it names no day'}") from None
    return text


Cron = Annotated[str, AfterValidator(_sound_cron)]
WRITTEN_BACK = ("score", "grade", "probability", "scored_at")  # what can be written into the user's own table


class Scoring(Section):
    chunk_rows: int = Field(50_000, ge=1, description="Leads read, scored and staged at a time.")
    reasons: int = Field(3, ge=0, le=10, description="Reasons for and against that each score shows.")


class Publish(Section):
    into: dict[str, str] = Field(
        {},
        description="Columns of the leads table that are kept in line with the scores: any of score, grade, probability"
        " and scored_at, each with its column's name. They are never features.",
    )
    url: Url | None = Field(
        None,
        description="SQLAlchemy URL by which `into` is written, where the leads are not in the score store or another"
        " role should do it; that role needs SELECT on the table and UPDATE on those columns.",
    )
    max_mean_shift: float = Field(
        10,
        gt=0,
        description="Points of the score by which the mean score of leads that the same model scored before may move"
        " in a night, where at least 1,000 were rescored; more is refused.",
    )

    @field_validator("into")
    @classmethod
    def _what_is_written_where(cls, into: dict[str, str]) -> dict[str, str]:
        if not into:
            raise ValueError(f"name a column for at least one of {', '.join(WRITTEN_BACK)}")
        for name in into:
            if name not in WRITTEN_BACK:
                raise ValueError(f"there is no {name} to write; {meant(name, WRITTEN_BACK).rstrip('.')}")
        if repeated := [column for column, n in Counter(into.values()).items() if n > 1]:
            raise ValueError(f"column {repeated[0]} is named twice")
        return into


class Monitoring(Section):
    min_leads: int = Field(
        500,
        ge=1,
        description="Leads below which neither drift nor performance is judged; why not is told in place of a number.",
    )
    min_conversions: int = Field(
        50, ge=1, description="Conversions, expected or real, below which no realised performance is judged."
    )
    max_lead_age_days: float = Field(
        7,
        gt=0,
        description="Days without a new lead after which a night and `leadscore status` say so; needs"
        " `leads.created_at`. `validation.freshness_days` refuses to score.",
    )
    window_days: float = Field(
        30,
        gt=0,
        description="Days back from a night whose scored leads tell of drift in the features: the latest nights, until"
        " they have `min_leads`.",
    )
    max_psi: float = Field(
        0.2,
        gt=0,
        description="Population stability index of a feature or of the score against training, beyond what chance adds,"
        " above which it has drifted.",
    )
    max_js_distance: float = Field(
        0.2,
        gt=0,
        le=1,
        description="Jensen-Shannon distance (0 to 1) of a feature or of the score from training, beyond what chance"
        " adds, above which it has drifted.",
    )
    max_null_rise: Share = Field(
        0.1, description="Rise of a feature's share of missing values over training (in shares of 1)."
    )
    max_unseen_rise: Share = Field(
        0.1,
        description="Rise of the share of a category's values not seen in training, over that of the held-out leads (in"
        " shares of 1).",
    )
    max_prior_shift: float = Field(
        2,
        gt=1,
        description="Ratio of the odds of the open leads' base rate to those of training, in either direction.",
    )
    max_f1_loss: Share = Field(
        0.15,
        description="F1 by which the expected or realised one may be below what the model had on training leads out of"
        " their folds, at the same base rate.",
    )
    max_auc_loss: Share = Field(
        0.1, description="ROC AUC by which the expected one may be below what the model had out of fold."
    )
    max_calibration_ratio: float = Field(
        1.5,
        gt=1,
        description="Ratio of realised to predicted conversions, in either direction, beyond what chance adds.",
    )


class Schedule(Section):
    timezone: Zone = Field("UTC", description="IANA name of the time zone of the times below.")
    nightly: Cron = Field(
        "0 2 * * *", description="When the leads are scored, as a cron expression of five fields. Also each hour, say."
    )
    weekly: Cron = Field("0 3 * * 1", description="When the model is trained anew, likewise.")
    wait_s: int = Field(
        14_400,
        ge=0,
        description="Seconds that a scheduled run waits for another one, such as a nightly for a retrain, to end.",
    )
    grace_s: int = Field(
        21_600,
        ge=0,
        description="Seconds after its time within which a scheduled run should be through; `leadscore status` and the"
        " automation for late runs look after that.",
    )


class Models(Section):
    dir: str = Field(
        "models",
        description="Folder or fsspec URL of the model bundles; a relative path starts where leadscore.toml is.",
    )


class Report(Section):
    dir: str = Field(
        "reports",
        description="Folder or fsspec URL where each night leaves its report, as `newest.html` too; a relative path"
        ' starts where leadscore.toml is; "" leaves none.',
    )
    keep: int = Field(30, ge=1, description="Reports of nights that are kept there; older ones are removed.")
    queue: int = Field(1000, ge=1, description="Leads of the sales queue that a report shows, the first of each owner.")


class Retention(Section):
    history_days: int = Field(
        180,
        ge=0,
        description="Days that every published change of a score stays in `lead_score_history`; of older ones a lead's"
        " first, the latest by which it came in, and its last stay. 0: for ever.",
    )
    closed_days: int = Field(
        0,
        ge=0,
        description="Days after which a lead that is closed or gone leaves `lead_score_history` and `lead_snapshots`"
        " altogether; its outcome and the proof stay, and retraining takes its row as it is. 0: never.",
    )
    monitoring_days: int = Field(
        400, ge=0, description="Days that the measures of a night stay in the table `monitoring`. 0: for ever."
    )
    prefect_days: int = Field(
        90,
        ge=0,
        description="Days that ended runs of `score` and `retrain` stay in Prefect's database, with their logs and"
        " artifacts. 0: as long as Prefect itself keeps them.",
    )


class Compute(Section):
    runner: Literal["local", "dask"] = Field(
        "local",
        description="Where chunks are scored: local, on this machine, or dask, by the workers of a Dask cluster"
        " (`pip install leadscore[dask]`).",
    )
    address: str | None = Field(
        None,
        pattern=r"^(tcp|tls)://\S+:\d+$",
        description="For dask: where the scheduler of the cluster listens, such as tls://scheduler:8786; without it a"
        " run starts processes of this machine, and ends them.",
    )
    one_machine_leads: int = Field(
        2_000_000,
        ge=1,
        description="For dask: known leads up to which one machine trains alone, since most never need more. Of more,"
        " a sample of so many, whole accounts, chooses, calibrates and judges, and the boosters learn from all, on the"
        " workers.",
    )
    threads: int | None = Field(
        None,
        ge=1,
        description="CPUs at work: threads of the boosters, processes that score; where not set all that may be used.",
    )

    device: Literal["cpu", "cuda"] = Field(
        "cpu",
        description="What XGBoost is trained on: cpu, or cuda, a graphics card of each machine that trains. Scores and"
        " reasons are always of CPUs.",
    )

    @property
    def n_threads(self) -> int:
        affinity = getattr(os, "sched_getaffinity", None)
        return self.threads or (len(affinity(0)) if affinity else os.cpu_count() or 1)
