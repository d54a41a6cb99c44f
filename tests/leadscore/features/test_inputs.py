from datetime import datetime, timedelta

import numpy as np
import polars as pl

from leadscore.features.feature_map import FeatureMap
from leadscore.features.inputs import Inputs, Role, tells_times
from leadscore.reading.readings import Readings
from leadscore.schema import Column, Kind, Schema

START = datetime(2026, 1, 1)
SCHEMA = Schema(
    columns=(
        Column(name="account", kind=Kind.CATEGORY),
        Column(name="seller", kind=Kind.CATEGORY),
        Column(name="country", kind=Kind.CATEGORY),
        Column(name="product", kind=Kind.CATEGORY),
    )
)
N = 400


def leads(seed=1):
    """Conformed leads and their lives; a lead closes within twenty days."""
    rng = np.random.default_rng(seed)
    conformed = pl.DataFrame(
        {
            "account": rng.integers(0, 60, N).astype(str),
            "seller": rng.integers(0, 5, N).astype(str),
            "country": rng.choice(["//India", "//Brazil", "/Lima/Peru", "//Chile"], N),
            "product": rng.choice(["Monitor TV", "laptop,robot", "hotel tv", "VRF"], N),
        }
    )
    created = [START + timedelta(hours=6 * i) for i in range(N)]
    closed = [time + timedelta(hours=float(hours)) for time, hours in zip(created, rng.uniform(1, 480, N), strict=True)]
    lives = pl.DataFrame(
        {
            "account_id": conformed["account"].cast(pl.Int64),
            "owner_id": conformed["seller"],
            "created_at": pl.Series(created, dtype=pl.Datetime("us")),
            "closed_at": pl.Series(closed, dtype=pl.Datetime("us")),
            "label": pl.Series(rng.random(N) < 0.3).cast(pl.Int8),
        }
    )
    return conformed, lives


def inputs(conformed, *, dated):
    readings = Readings.infer(conformed, SCHEMA, identifiers=["account", "seller"], read_as={}, tables=None)
    return Inputs(readings=readings, account="account", owner="seller", dated=dated)


def test_any_other_id_has_its_history_as_of_the_lead_and_a_code_of_its_own():
    conformed, lives = leads()
    campaigns = conformed["account"].alias("campaign_id")
    both = SCHEMA.model_copy(update={"columns": (*SCHEMA.columns, Column(name="campaign_id", kind=Kind.ID))})
    with_campaign = conformed.with_columns(campaigns)
    readings = Readings.infer(with_campaign, both, identifiers=["account", "seller"], read_as={}, tables=None)
    found = Inputs(readings=readings, account="account", owner="seller", dated=True)
    roles = {each.name: each.role for each in found.columns}
    assert roles["campaign_id"] is Role.IDENTIFIER
    assert roles["campaign_id history"] is Role.DATED_GROUP
    frame = found.frame(readings.read(with_campaign), lives, lives)
    features, matrix = FeatureMap.learn(frame, lives["label"].to_numpy().astype(float), found.columns, seed=1)
    assert {"campaign_id", "campaign_id history"} <= set(features.sources)
    first = lives["created_at"].arg_min()
    history = features.sources.index("campaign_id history")
    assert matrix[first, history] == np.float32(lives["label"].mean()), "nothing was known of it then"


def test_histories_and_groups_follow_from_what_the_source_tells():
    conformed, _ = leads()
    roles = {each.name: each.role for each in inputs(conformed, dated=True).columns}
    assert [name for name, role in roles.items() if role is Role.PAST] == [
        "account history",
        "account and seller history",
    ]
    assert [name for name, role in roles.items() if role is Role.DATED_GROUP] == [
        "seller history",
        "country and product (first)",
    ]
    assert [name for name, role in roles.items() if role is Role.IDENTIFIER] == ["account", "seller"]
    undated = {each.name: each.role for each in inputs(conformed, dated=False).columns}
    assert Role.PAST not in undated.values()
    assert undated["account and seller"] is Role.GROUP


def test_values_are_counted_only_where_leads_come_in_no_order():
    conformed, _ = leads()
    described = inputs(conformed, dated=False)
    assert not any(each.counted for each in described.columns)
    without = described.model_copy(update={"in_order": False})
    assert {each.name for each in without.columns if each.counted} == {
        column.name for column in described.readings.columns
    }


def test_a_lead_scored_alone_at_night_has_the_features_that_it_had_in_training():
    conformed, lives = leads()
    described = inputs(conformed, dated=True)
    whole = described.frame(described.readings.read(conformed), lives, lives)
    features, _ = FeatureMap.learn(whole, lives["label"].to_numpy().astype(float), described.columns, 7)
    for row in (5, 200, 399):
        now = lives["created_at"][row]
        tonight, known = lives[row : row + 1], lives.filter(pl.col("closed_at") < now)
        theirs = known.filter(pl.col("account_id") == tonight["account_id"][0])
        alone = described.frame(described.readings.read(conformed[row : row + 1]), tonight, theirs)
        assert np.array_equal(features.transform(alone), features.transform(whole[row : row + 1]), equal_nan=True)


def test_outcomes_of_later_leads_change_no_feature_of_a_map_learned_before():
    conformed, lives = leads()
    for dated in (True, False):
        described = inputs(conformed, dated=dated)
        frame = described.frame(described.readings.read(conformed), lives, lives.head(300))
        flipped = lives.with_columns(label=pl.when(pl.int_range(N) >= 300).then(1 - pl.col("label")).otherwise("label"))
        other = described.frame(described.readings.read(conformed), flipped, flipped.head(300))
        converted = lives["label"].to_numpy().astype(float)
        features, _ = FeatureMap.learn(frame[:300], converted[:300], described.columns, 7)
        again, _ = FeatureMap.learn(other[:300], converted[:300], described.columns, 7)
        assert features == again
        assert np.array_equal(features.transform(frame[300:]), again.transform(other[300:]), equal_nan=True)


def test_a_group_s_rate_in_training_knows_nothing_of_the_lead_s_own_outcome():
    conformed, lives = leads()
    for dated in (True, False):
        described = inputs(conformed, dated=dated)
        frame = described.frame(described.readings.read(conformed), lives, lives)
        groups = [each for each in described.columns if each.role in (Role.GROUP, Role.DATED_GROUP)]
        converted = lives["label"].to_numpy().astype(float)
        flipped = converted.copy()
        flipped[250] = 1 - flipped[250]
        _, before = FeatureMap.learn(frame, converted, groups, 7)
        _, after = FeatureMap.learn(frame, flipped, groups, 7)
        prior = (converted.mean(), flipped.mean())
        assert np.allclose(before[250] - after[250], 0, atol=5 * abs(prior[0] - prior[1]))
        assert not np.allclose(before, after)


def test_reasons_call_a_history_by_its_account():
    conformed, lives = leads()
    described = inputs(conformed, dated=True)
    frame = described.frame(described.readings.read(conformed), lives, lives)
    features, _ = FeatureMap.learn(frame, lives["label"].to_numpy().astype(float), described.columns, 7)
    shown = features.display(frame)
    assert "account history" in shown.columns
    assert shown["account history"][0] == "none yet"
    assert shown["account history"].str.contains(r"^\d+ of \d+ earlier leads converted$").any()
    assert set(features.sources) == set(shown.columns)


def test_histories_need_the_times_of_both_outcomes():
    _, lives = leads()
    assert tells_times(lives, None)
    lost = pl.col("label") == 0
    undated = lives.with_columns(closed_at=pl.when(~lost).then("closed_at"))
    assert not tells_times(undated, None), "a rate of won leads only is always one"
    assert tells_times(undated, 30), "they are known to be lost at maturity"
    assert not tells_times(lives.with_columns(created_at=pl.lit(None, pl.Datetime("us"))), None)


def test_histories_have_names_that_no_column_has():
    conformed, lives = leads()
    twin = conformed.with_columns(conformed["seller"].alias("account history"))
    schema = SCHEMA.model_copy(
        update={"columns": (*SCHEMA.columns, Column(name="account history", kind=Kind.CATEGORY))}
    )
    readings = Readings.infer(twin, schema, identifiers=["account", "seller"], read_as={}, tables=None)
    described = Inputs(readings=readings, account="account", owner="seller", dated=True)
    frame = described.frame(readings.read(twin), lives, lives)
    assert frame["account history"].equals(conformed["seller"].alias("account history"))
    assert "account history+" in described.pasts
