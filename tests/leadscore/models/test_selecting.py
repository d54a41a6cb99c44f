import numpy as np
import polars as pl
import pytest

from leadscore.features.inputs import Inputs
from leadscore.models.recipe import TrainingSet
from leadscore.models.selecting import select
from leadscore.schema import Column, Kind, Schema
from leadscore.sections import Features


@pytest.fixture(scope="module")
def known(make_known) -> TrainingSet:
    return make_known(1500)


def with_a_number(schema: Schema, name: str) -> Inputs:
    return Inputs.plain(schema.model_copy(update={"columns": (*schema.columns, Column(name=name, kind=Kind.NUMBER))}))


def test_a_column_that_says_what_another_says_is_left_out_where_the_limits_ask_for_it(known, schema: Schema) -> None:
    twice = known.leads.with_columns(copy=pl.col("size") * 2 + 1)
    columns = with_a_number(schema, "copy").columns
    selected = select(twice, known.converted, columns, Features(max_correlation=0.95), 1, 1)
    assert selected.left_out == ("copy",)
    assert selected.overlap.pairs[0][:2] == ("size", "copy")
    assert selected.overlap.vif["size"] > 1000 > 2 > selected.overlap.vif["asked"]
    assert select(twice, known.converted, columns, Features(), 1, 1).left_out == ()


def test_a_column_of_noise_is_left_out_where_importance_is_asked_for(known, schema: Schema) -> None:
    noisy = known.leads.with_columns(noise=np.random.default_rng(4).normal(size=1500))
    columns = with_a_number(schema, "noise").columns
    selected = select(noisy, known.converted, columns, Features(min_importance=0.022), 1, 1)
    assert selected.left_out == ("noise",)
