"""Where the leads are, what their columns mean, and what of them is refused."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from leadscore.schema import Kind, Word
from leadscore.sections.section import Section, Share, Url, Zone
from leadscore.store.engine import TIMEOUTS, Timeouts
from leadscore.store.url import DatabaseUrl

Order = tuple[str, ...]  # of the values of a category, the lowest first
KindOrOrder = Annotated[
    Annotated[Kind, Tag("kind")] | Annotated[Order, Tag("order")],
    Discriminator(lambda said: "kind" if isinstance(said, str) else "order"),
]


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
