import json

import numpy as np
import polars as pl

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs
from leadscore.schema import Column, Kind, Schema

SCHEMA = Schema(
    columns=(
        Column(name="lead id", kind=Kind.IGNORE),
        Column(name="seller [name]", kind=Kind.CATEGORY),
        Column(name="size", kind=Kind.NUMBER),
        Column(name="known", kind=Kind.BOOLEAN),
        Column(name="plan", kind=Kind.CATEGORY),
    )
)
INPUTS = Inputs.plain(SCHEMA)
SELLERS = [*(f"Seller {i}" for i in range(20)), "boss@example.com", "+49 170 1234567", None]


def conformed(n, seed):
    rng = np.random.default_rng(seed)
    leads = pl.DataFrame(
        {
            "seller [name]": rng.choice(np.array(SELLERS, dtype=object), n).tolist(),
            "size": np.where(rng.random(n) < 0.2, np.nan, rng.lognormal(3, 1, n)),
            "known": rng.integers(0, 2, n).astype(float),
            "plan": rng.choice(["Basic", "PRO", "pro "], n).tolist(),
        }
    )
    return read(leads.with_columns(pl.col("size").fill_nan(None))), (rng.random(n) < 0.3).astype(float)


def read(leads):
    return INPUTS.readings.read(leads)


def test_every_matrix_column_has_a_name_and_its_source():
    leads, converted = conformed(500, seed=1)
    features, matrix = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    assert features.sources == ("seller [name]", "seller [name]", "size", "known", "plan")
    assert features.names == ("f0", "f1", "f2", "f3", "f4")
    assert matrix.shape == (500, 5)
    assert features.display(leads).columns == ["seller [name]", "size", "known", "plan"]


def test_the_matrix_is_c_contiguous_float64_with_values_of_float32():
    leads, converted = conformed(500, seed=1)
    features, training = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    for matrix in (training, features.transform(leads)):
        assert matrix.dtype == np.float64
        assert matrix.flags.c_contiguous
        assert np.array_equal(matrix, matrix.astype(np.float32).astype(np.float64), equal_nan=True)


def test_training_and_scoring_differ_in_rates_only():
    leads, converted = conformed(500, seed=1)
    features, training = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    differs = ~np.isclose(features.transform(leads), training, rtol=0, atol=0, equal_nan=True).all(axis=0)
    assert differs.tolist() == [False, True, False, False, False]


def test_a_map_read_back_from_json_makes_the_same_matrix():
    leads, converted = conformed(500, seed=1)
    features, _ = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    read = FeatureMap.model_validate(json.loads(features.model_dump_json()))
    later, _ = conformed(200, seed=2)
    assert read == features
    assert np.array_equal(read.transform(later), features.transform(later), equal_nan=True)
    assert read.display(later).equals(features.display(later))


def test_each_lead_is_transformed_on_its_own():
    leads, converted = conformed(500, seed=1)
    features, _ = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    whole = features.transform(leads)
    order = np.random.default_rng(4).permutation(500)
    assert np.array_equal(features.transform(leads[order]), whole[order], equal_nan=True)
    assert np.array_equal(features.transform(leads[7:8]), whole[7:8], equal_nan=True)
    assert features.transform(leads.clear()).shape == (0, 5)


def test_outcomes_of_later_leads_change_no_feature():
    leads, converted = conformed(800, seed=1)
    shuffled = np.concatenate([converted[:600], 1 - converted[600:]])
    matrices = []
    for outcomes in (converted, shuffled):
        features, training = FeatureMap.learn(leads[:600], outcomes[:600], INPUTS.columns, seed=1)
        matrices.append(np.concatenate([training, features.transform(leads[600:])]))
    assert np.array_equal(matrices[0], matrices[1], equal_nan=True)


def test_personal_data_is_neither_stored_nor_shown():
    leads, converted = conformed(500, seed=1)
    features, _ = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    told = features.model_dump_json() + features.display(leads).write_csv()
    assert "seller 3" in told
    assert not any(text in told for text in ("@", "example", "1234567"))


def test_the_display_follows_one_lead():
    leads, converted = conformed(500, seed=1)
    features, _ = FeatureMap.learn(leads, converted, INPUTS.columns, seed=1)
    lead = pl.DataFrame({"seller [name]": ["SELLER_3"], "size": [None], "known": [1.0], "plan": ["gold"]})
    lead = lead.cast({"size": pl.Float64})
    assert features.display(read(lead)).row(0) == ("seller 3", "missing", "yes", "unseen")
