"""The sections of ``leadscore.toml``: every key with its default, its bounds and what it means."""

import os
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import available_timezones

from cronsim import CronSim, CronSimError
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)

from leadscore.errors import meant
from leadscore.schema import Kind, Word
from leadscore.store.engine import TIMEOUTS, Timeouts
from leadscore.store.url import DatabaseUrl, checked


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no IANA time zone")
    return name


def _sound_cron(text: str) -> str:
    try:
        if len(text.split()) != 5:
            raise CronSimError("it has minute, hour, day of the month, month and day of the week")
        next(CronSim(text, datetime.now(UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(f"{text!r} is no cron expression: {error or 'it names no day'}") from None
    return text


Share = Annotated[float, Field(ge=0, le=1)]
Zone = Annotated[str, AfterValidator(_known_zone)]
Cron = Annotated[str, AfterValidator(_sound_cron)]
Url = Annotated[str, AfterValidator(checked)]
Order = tuple[str, ...]  # of the values of a category, the lowest first
KindOrOrder = Annotated[
    Annotated[Kind, Tag("kind")] | Annotated[Order, Tag("order")],
    Discriminator(lambda said: "kind" if isinstance(said, str) else "order"),
]
POLICY_NEEDS = {  # the parameters of each cutoff policy
    "f1": (),
    "fbeta": ("beta",),
    "youden": (),
    "precision_at_least": ("precision",),
    "recall_at_least": ("recall",),
    "capacity": ("calls_per_week",),
    "profit": ("win_value", "call_cost"),
}
Family = Literal["logistic", "lightgbm", "xgboost", "random_forest", "extra_trees", "catboost"]
Treatment = Literal["none", "class_weight", "undersample", "balanced_bagging", "smotenc", "nan_augment"]
WRITTEN_BACK = ("score", "grade", "probability", "scored_at")  # what can be written into the user's own table


class Section(BaseModel):
    """A table of leadscore.toml. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Database(Section):
    url: Url = Field(
        DatabaseUrl("sqlite:///leadscore.db"),
        description="SQLAlchemy URL of the score store; a relative SQLite path starts at the folder of leadscore.toml.",
    )
    source_url: Url | None = Field(
        None, description="SQLAlchemy URL of the database that holds the leads, if it is not the score store."
    )
    statement_timeout_s: float = Field(
        TIMEOUTS.statement_s,
        gt=0,
        description="Seconds after which PostgreSQL gives up on one statement of a run; the run fails, with nothing"
        " half-written.",
    )
    lock_timeout_s: float = Field(
        TIMEOUTS.lock_s,
        gt=0,
        description="Seconds that a statement waits for a lock of another program, on PostgreSQL and on SQLite; then"
        " the step is tried again, three times.",
    )

    @property
    def timeouts(self) -> Timeouts:
        return Timeouts(self.statement_timeout_s, self.lock_timeout_s)


class Leads(Section):
    table: str | None = Field(None, description="Table or view of the leads. Either this or `query`.")
    query: str | None = Field(None, description="A SELECT that returns the leads. Either this or `table`.")
    id: str = Field("lead_id", description="Column that identifies a lead.")
    label: str = Field(
        "is_converted",
        description="Column of the outcome: 0/1, true/false or yes/no; null while it is open. The same column as"
        " `closed_at`: converted is what has that date.",
    )
    converted: tuple[str, ...] = Field(
        (), description="Values of `label` that mean converted, compared without case, such as stages of a deal."
    )
    lost: tuple[str, ...] = Field(
        (),
        description="Values of `label` that mean lost, beside `converted`; all others are open. Without any, all that"
        " has not converted may still do so (`training.maturity_days`).",
    )
    created_at: str | None = Field(
        None,
        description="Column of the time when the lead came in; without it or `order` the holdout is by account.",
    )
    closed_at: str | None = Field(
        None,
        description="Column of the time when the outcome was known; without it no outcome history is used.",
    )
    updated_at: str | None = Field(
        None, description="Column of the last change; without it a hash of the row tells what changed."
    )
    account: str | None = Field(None, description="Column of the account or company.")
    owner: str | None = Field(None, description="Column of the seller.")
    order: str | None = Field(
        None,
        description="Column whose order is the order in time, for tables without times; it overrules `created_at`.",
    )
    timezone: Zone = Field("UTC", description="IANA name of the time zone of times without one; the store keeps UTC.")
    exclude: tuple[str, ...] = Field(
        (),
        description="Columns that the model must not see, for instance those known only after the outcome.",
    )
    kinds: dict[str, KindOrOrder] = Field(
        {},
        description="Kinds by column where the inferred one is wrong: number, category, id, boolean, date, text or"
        ' ignore; or the values of an ordered category, the lowest first: `["small", "medium", "large"]`.',
    )
    missing: tuple[str, ...] = Field((), description="Texts that mean missing, compared without case.")
    missing_in: dict[str, tuple[Word, ...]] = Field(
        {}, description="Texts or numbers that mean missing in one column only, by column, such as 999 days for never."
    )
    on_leak: Literal["exclude", "warn", "fail"] = Field(
        "exclude",
        description="What retraining does with a column that seems to know the outcome: leave it out, only say so, or"
        " refuse.",
    )

    @field_validator("kinds")
    @classmethod
    def _orders_are_orders(cls, kinds: dict[str, Kind | Order]) -> dict[str, Kind | Order]:
        for name, said in kinds.items():
            if not isinstance(said, Kind) and len({value.casefold() for value in said}) < max(len(said), 2):
                raise ValueError(f"the order of {name} needs two values or more, each once")
        return kinds

    @model_validator(mode="after")
    def _outcomes_are_told_apart(self) -> "Leads":
        if self.lost and not self.converted:
            raise ValueError("leads.lost needs leads.converted")
        if both := {value.casefold() for value in self.converted} & {value.casefold() for value in self.lost}:
            raise ValueError(f"leads.converted and leads.lost both have {min(both)!r}")
        return self

    @model_validator(mode="after")
    def _one_place(self) -> "Leads":
        if (self.table is None) == (self.query is None):
            raise ValueError("give either leads.table or leads.query")
        return self

    @property
    def named(self) -> list[tuple[str, str]]:
        """Every column that the section names, after the key that names it."""
        roles = ("id", "label", "created_at", "closed_at", "updated_at", "order", "account", "owner")
        single = [(role, name) for role in roles if (name := getattr(self, role))]
        lists = {"exclude": self.exclude, "kinds": self.kinds, "missing_in": self.missing_in}
        return single + [(key, name) for key, names in lists.items() for name in names]

    @property
    def roles(self) -> tuple[str, ...]:
        """The columns that describe the lead's life rather than the lead: never features."""
        named = (self.id, self.label, self.created_at, self.closed_at, self.updated_at, self.order)
        return tuple(dict.fromkeys(name for name in named if name))


class Features(Section):
    tables: str | None = Field(
        None,
        description="Folder of your own tables of spellings, which extend those in leadscore/reading/tables; a relative"
        " path starts where leadscore.toml is.",
    )
    read_as: dict[str, str] = Field(
        {},
        description="How a column of text is read where what is found is wrong: plain, country, timeline, bands or the"
        " name of a table, by column.",
    )
    max_correlation: float | None = Field(
        None,
        gt=0,
        le=1,
        description="Rank correlation (of either sign) above which the later of two columns is left out; off where not"
        " set.",
    )
    max_vif: float | None = Field(
        None,
        gt=1,
        description="Variance inflation factor above which columns are left out, the worst first; off where not set.",
    )
    min_importance: float | None = Field(
        None,
        description="Log loss by which shuffling a column must worsen predictions of unseen training leads, below which"
        " it is left out; off where not set.",
    )


class Validation(Section):
    min_batch: int = Field(1000, ge=1, description="Leads below which no batch rule is judged.")
    max_bad_keys: Share = Field(
        0.01, description="Share of leads without a sound id, label or time above which the batch is refused."
    )
    max_bad_rows: Share = Field(0.2, description="Share of quarantined leads above which the batch is refused.")
    max_null_rise: Share = Field(
        0.3,
        description="Rise of a column's null share over training (in shares of 1) above which the batch is refused.",
    )
    max_unseen_share: Share = Field(
        0.5, description="Share of a category's values not seen in training above which the batch is refused."
    )
    min_row_share: Share = Field(
        0.5,
        description="Leads in the source, as a share of those at training, below which the batch is refused.",
    )
    freshness_days: float | None = Field(
        None,
        gt=0,
        description="Days since the newest lead after which the source is stale; derived from training where not set.",
    )
    ranges: dict[str, tuple[float, float]] = Field(
        {}, description="Lowest and highest allowed number by column, where the derived range is wrong."
    )
    allowed: dict[str, tuple[str, ...]] = Field(
        {}, description="The only allowed values by column; a lead with another one is quarantined."
    )


class Training(Section):
    min_leads: int = Field(1000, ge=1, description="Known outcomes below which training is refused.")
    min_conversions: int = Field(120, ge=2, description="Conversions below which training is refused.")
    maturity_days: float | None = Field(
        None,
        gt=0,
        description="Days for which a negative label still counts as open, where the source has no lost state;"
        " estimated where not set. The next retrain takes it up.",
    )
    holdout_share: float = Field(
        0.2, gt=0, lt=1, description="Share of the known leads, the latest ones, that are held out to judge the model."
    )
    folds: int = Field(
        5, ge=2, description="Folds of the out-of-fold predictions that calibrate and choose the cutoff."
    )
    members: tuple[Family, ...] = Field(
        ("logistic", "lightgbm", "xgboost", "random_forest", "extra_trees"),
        min_length=1,
        description="Families that may be in the vote, the simplest first; catboost is an extra"
        " (`pip install leadscore[catboost]`).",
    )
    trials: int = Field(
        40, ge=0, description="Fits that the search for parameters tries in all; each family is tried at least once."
    )
    budget_s: int | None = Field(
        3600,
        ge=1,
        description="Seconds that a retrain may take; it caps `trials`, and how many were made is on the model card.",
    )
    imbalance: Treatment | Literal["compare"] = Field(
        "compare",
        description="What is done about few conversions inside training folds: none, class_weight, undersample,"
        " balanced_bagging, smotenc, nan_augment, or the simplest that compares well.",
    )
    bags: int = Field(
        3, ge=1, description="Members of each family that differ in their seed, where that is shown to be better."
    )
    text_checkpoint: str = Field(
        "google-bert/bert-base-multilingual-cased",
        description="Pretrained text model of the recipe bert_sam: a folder, or a name at the Hugging Face hub; scratch"
        " for a small one that learns from your leads alone.",
    )
    seed: int = Field(7, ge=0, description="Seed of everything random in training.")


class CutoffSettings(Section):
    policy: Literal["f1", "fbeta", "youden", "precision_at_least", "recall_at_least", "capacity", "profit"] = Field(
        "f1",
        description="What the cutoff does best: f1, fbeta (needs `beta`), youden (recall less false positive rate),"
        " precision_at_least (the highest recall with at least `precision`), recall_at_least (the highest precision"
        " with at least `recall`), capacity (at most `calls_per_week`) or profit (needs `win_value` and `call_cost`).",
    )
    beta: float | None = Field(
        None, gt=0, description="For fbeta: how many times as much recall counts as precision; 2 calls more leads."
    )
    precision: float | None = Field(
        None, gt=0, le=1, description="For precision_at_least: share of the called leads that convert."
    )
    recall: float | None = Field(
        None, gt=0, le=1, description="For recall_at_least: share of the converting leads that are called."
    )
    calls_per_week: float | None = Field(
        None, gt=0, description="For capacity: leads a week that can be called; needs `leads.created_at`."
    )
    win_value: float | None = Field(
        None, gt=0, description="For profit: what a conversion brings, in any currency, before the call is paid."
    )
    call_cost: float | None = Field(None, gt=0, description="For profit: what a call costs, in the same currency.")
    shift: Literal["adjust", "warn", "off"] = Field(
        "adjust",
        description="What a night does where the base rate of the open leads has moved since training: adjust"
        " probabilities and cutoff, only say so, or not look.",
    )
    max_shift: float = Field(
        1.25,
        gt=1,
        description="Ratio of the odds of the present base rate to those in force, in either direction, up to which"
        " nothing is done.",
    )

    @model_validator(mode="after")
    def _policy_has_its_parameters(self) -> "CutoffSettings":
        if absent := [name for name in POLICY_NEEDS[self.policy] if getattr(self, name) is None]:
            raise ValueError(f"policy {self.policy} needs cutoff.{absent[0]}")
        return self

    @property
    def parameters(self) -> dict[str, float]:
        """Those that the policy needs; others may be set, too, and wait for theirs."""
        return {name: getattr(self, name) for name in POLICY_NEEDS[self.policy]}


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


class Gate(Section):
    max_age_days: float = Field(
        60, gt=0, description="Days after which a champion is replaced by a model that is only as good as it."
    )
    max_slice_loss: float = Field(
        0.01,
        ge=0,
        description="Log loss by which a new model may be worse than the champion on a slice of 300 leads and more;"
        " more, beyond doubt, rejects it.",
    )
    max_calibration_error: Share = Field(
        0.05,
        description="Calibration error above which a new model is rejected, if the champion's is lower beyond doubt.",
    )
    max_grade_changes: Share = Field(
        0.5, description="Share of the open leads that may change their grade by a new model; more rejects it."
    )
    min_speed: float = Field(
        0.5, ge=0, description="Leads a second that a new model must score, as a share of the champion's."
    )


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
    threads: int | None = Field(
        None,
        ge=1,
        description="CPUs at work: threads of the boosters, processes that score; where not set all that may be used.",
    )

    @property
    def n_threads(self) -> int:
        affinity = getattr(os, "sched_getaffinity", None)
        return self.threads or (len(affinity(0)) if affinity else os.cpu_count() or 1)
