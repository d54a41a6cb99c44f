"""`customer_index`: write-up 004_8fa3df8e07c7a9ec.txt, who the customer is and how such customers converted before.

As there: countries standardised and turned into continents, Kosovo's among them (`leadscore/reading/country.py`); the
conversion of each continent and customer type; values that are missing taken from the column that tells most of them,
the country from the subsidiary (`leadscore/reading/fallback.py`); the order of account numbers as a signal of time;
and an index of each account.

What differs, and why. The write-up gives the index as an idea: ours is the account's conversion rate, shrunken, as of
the day that the lead came in (docs/account_index.md has it by account). Rates are out of fold in training. The write-up
names no model and no cutoff: one LightGBM and the cutoff with the best F1 out of fold. Numbers of accounts stand for
time only among accounts that training has seen; those to come all lie beyond them, so this signal fades.
"""

from dataclasses import dataclass

import polars as pl

from leadscore.features.encoders import (
    Crossed,
    Encoder,
    Encoding,
    Joined,
    Labels,
    Mapped,
    Matrix,
    Numbers,
    as_floats,
    side_by_side,
)
from leadscore.features.filling import Related
from leadscore.features.inputs import Inputs
from leadscore.models.cutoff import FBeta
from leadscore.models.recipe import TrainingSet
from leadscore.recipes.columns import categories, histories, named, numbers
from leadscore.recipes.tree_vote import PLAIN_LIGHTGBM, TreeVote

RELATED = 0.5  # Cramér's V from which one column fills the gaps of another
SMOOTH = 10.0
LEAST = 100  # leads of a continent whose rate is told


@dataclass(frozen=True)
class Order:
    """The number in each value of a column of identifiers: those of new accounts are higher."""

    column: str

    def learn(self, leads: pl.DataFrame, converted: Matrix, seed: int) -> tuple[Encoder, Matrix]:
        def order(some: pl.DataFrame) -> Matrix:
            return side_by_side([as_floats(some[self.column].str.extract(r"(\d+)$"))], some.height)

        encoder = Encoder((f"{self.column} (order)",), order)
        return encoder, encoder.transform(leads)


def features(inputs: Inputs) -> Encoding:
    """Fields with their gaps filled, rates by continent and type, the account's history and its order."""
    continent, kind = continent_of(inputs), named(inputs, "customer_type")
    parts: list[Encoding] = [Labels(categories(inputs)), Numbers(numbers(inputs)), Mapped(histories(inputs))]
    if continent and kind:
        parts.append(Crossed((continent, kind), SMOOTH))
    if inputs.account:
        parts.append(Order(inputs.account))
    return Related(categories(inputs), RELATED, Joined(tuple(parts)))


def continent_of(inputs: Inputs) -> str | None:
    """The column of the continents."""
    country = inputs.readings.country
    return named(inputs, f"{country} (continent)") if country else None


def by_continent(known: TrainingSet, inputs: Inputs) -> tuple[str, ...]:
    """How often the training leads of each continent converted."""
    continent = continent_of(inputs)
    if not continent:
        return ("The leads have no country, so nothing is told by continent.",)
    leads = pl.DataFrame({"continent": known.leads[continent], "converted": known.converted}).drop_nulls()
    rates = leads.group_by("continent").agg(n=pl.len(), rate=pl.col("converted").mean())
    told = rates.filter(pl.col("n") >= LEAST).sort("rate", descending=True)
    return (
        "Converted by continent: " + ", ".join(f"{name} {rate:.1%} of {n:,}" for name, n, rate in told.rows()) + ".",
    )


RECIPE = TreeVote(
    name="customer_index",
    write_up="004_8fa3df8e07c7a9ec.txt",
    summary="Continents, customer types and the account's own history; one LightGBM.",
    features=features,
    spaces={"lightgbm": PLAIN_LIGHTGBM},
    cutoff=FBeta(policy="f1"),
    own_words="A random fifth of the training leads judges; rates by continent and type are counted on all outcomes,"
    " those of the judged leads too, and the cutoff is the best of that fifth.",
    remarks=by_continent,
)
