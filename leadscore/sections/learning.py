"""How a model is searched, judged and promoted, and from which probability on leads are called."""

from typing import Literal

from pydantic import Field, model_validator

from leadscore.sections.section import Section, Share

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
        0.5,
        ge=0,
        description="Leads a second that a new model must score, as a share of the champion's; fewer rejects it where"
        " all open leads take a minute longer.",
    )
