import numpy as np
import polars as pl

from leadscore.features.inputs import Inputs
from leadscore.models.recipe import TrainingSet
from leadscore.schema import Column, Kind, Schema
from leadscore.text_model.worth import told_columns


def known(telling: dict[str, float], noise: int) -> tuple[TrainingSet, Inputs]:
    """Columns of numbers: those ``telling`` by their weights in the log-odds, and ``noise`` that tell nothing."""
    rng = np.random.default_rng(0)
    columns = {name: rng.normal(size=400) for name in [*telling, *(f"noise_{i}" for i in range(noise))]}
    log_odds = sum(weight * columns[name] for name, weight in telling.items())
    schema = Schema(columns=tuple(Column(name=name, kind=Kind.NUMBER) for name in columns))
    converted = (rng.random(400) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)
    return TrainingSet(pl.DataFrame(columns), converted, None, None), Inputs.plain(schema)


def test_the_five_columns_that_tell_least_are_dropped_and_the_rest_are_in_their_order() -> None:
    leads, inputs = known({"some": 1.0, "most": 3.0}, noise=5)
    assert told_columns(leads, inputs.columns, 5, seed=0, threads=1).columns == ("most", "some")


def test_one_column_is_always_left() -> None:
    leads, inputs = known({"most": 3.0}, noise=2)
    assert told_columns(leads, inputs.columns, 5, seed=0, threads=1).columns == ("most",)
