"""The example leads look like the real table, and their truth is exact."""

import time
from datetime import datetime
from functools import cache

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from leadscore.sample.fields import BUCKET_ID, CATCH_ALL_ID, FIELDS
from leadscore.sample.leads import BLOCK_ROWS, example_leads
from leadscore.sample.truth import best_possible

END = datetime(2026, 1, 1)
NULL_SHARES = {
    "customer_country": 0.02,
    "com_reg_ver_win_rate": 0.75,
    "customer_type": 0.74,
    "historical_existing_cnt": 0.77,
    "id_strategic_ver": 0.94,
    "it_strategic_ver": 0.98,
    "idit_strategic_ver": 0.92,
    "customer_job": 0.32,
    "inquiry_type": 0.02,
    "product_category": 0.33,
    "product_subcategory": 0.84,
    "product_modelname": 0.84,
    "expected_timeline": 0.52,
    "ver_win_rate_x": 0.69,
    "ver_win_ratio_per_bu": 0.74,
    "business_area": 0.69,
    "business_subarea": 0.91,
}


@cache
def leads(n: int, seed: int, prior_shift: bool = False) -> pl.DataFrame:
    return pl.concat(example_leads(n, seed=seed, end=END, prior_shift=prior_shift))


def latest(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.tail(frame.height - int(0.8 * frame.height))


def assert_calibrated(frame: pl.DataFrame) -> None:
    """Outcomes lie within four standard errors of the truth; copies count as if they were twice as few."""
    p, y = frame["true_probability"].to_numpy(), frame["is_converted"].to_numpy()
    order = np.argsort(p, kind="stable")
    for part in [order, *np.array_split(order, 10)]:
        error = np.sqrt(2 * np.sum(p[part] * (1 - p[part]))) + 1e-9
        assert abs(np.sum(y[part] - p[part])) <= 4 * error + 2


def test_columns_come_in_the_promised_order_and_types() -> None:
    frame = leads(20_000, 1)
    dates = ["created_at", "updated_at", "closed_at"]
    assert frame.columns == ["lead_id", *FIELDS, "is_converted", *dates, "true_probability"]
    assert all(frame[name].dtype == pl.Datetime("us") for name in dates)
    whole = ["lead_id", "customer_idx", "lead_owner", "is_converted"]
    assert all(frame[name].dtype == pl.Int64 for name in whole)


def test_same_arguments_give_same_leads_whatever_the_chunks() -> None:
    again = pl.concat(example_leads(20_000, seed=1, end=END, chunk_rows=777))
    assert_frame_equal(again, leads(20_000, 1))


def test_another_seed_gives_other_leads() -> None:
    assert not leads(20_000, 1).equals(leads(20_000, 2))


@pytest.mark.parametrize("n", [0, 1, 101, 2 * BLOCK_ROWS + 3])
@pytest.mark.parametrize("prior_shift", [False, True])
def test_chunks_cover_n_rows_in_order(n: int, prior_shift: bool) -> None:
    chunks = list(example_leads(n, seed=4, end=END, prior_shift=prior_shift, chunk_rows=10_000))
    assert all(chunk.height == 10_000 for chunk in chunks[:-1])
    assert [lead for chunk in chunks for lead in chunk["lead_id"]] == list(range(1, n + 1))
    created = [at for chunk in chunks for at in chunk["created_at"]]
    assert created == sorted(created)


def test_dates_lie_in_order_and_long_lags_are_there() -> None:
    frame = leads(60_000, 5)
    lag = (frame["closed_at"] - frame["created_at"]).dt.total_seconds() / 86_400
    won = frame["is_converted"] == 1
    assert frame.select((pl.col("created_at") <= pl.col("updated_at")).all()).item()
    assert frame.select((pl.col("updated_at") <= pl.min_horizontal("closed_at", pl.lit(END))).all()).item()
    assert lag.filter(won).to_numpy().mean() > 0
    assert np.median(lag.filter(won).to_numpy()) == pytest.approx(14, abs=2)
    assert np.median(lag.filter(~won).to_numpy()) > 28
    assert (lag.to_numpy() > 160).mean() == pytest.approx(0.1, abs=0.03)


@pytest.mark.parametrize(("n", "seed"), [(20_000, 1), (20_000, 2), (20_000, 3), (60_000, 5)])
def test_truth_is_calibrated_and_neither_easy_nor_hopeless(n: int, seed: int) -> None:
    frame = leads(n, seed)
    part = latest(frame)
    best_f1, _ = best_possible(part["is_converted"].to_numpy(), part["true_probability"].to_numpy())
    assert 0.45 <= best_f1 <= 0.65
    assert frame["is_converted"].to_numpy().mean() == pytest.approx(0.08, abs=0.01)
    assert_calibrated(frame)


def test_prior_shift_reaches_a_third_and_keeps_the_truth_exact() -> None:
    shifted, plain = leads(60_000, 5, True), leads(60_000, 5)
    assert_frame_equal(shifted.head(48_000), plain.head(48_000))
    part = latest(shifted)
    assert part["is_converted"].to_numpy().mean() == pytest.approx(1 / 3, abs=0.03)
    assert_calibrated(part)


def test_prior_shift_leaves_positives_as_they_were() -> None:
    won = pl.col("is_converted") == 1
    shifted = latest(leads(60_000, 5, True)).filter(won)["bant_submit"].to_numpy()
    plain = latest(leads(60_000, 5)).filter(won)["bant_submit"].to_numpy()
    error = np.sqrt(2 * (shifted.var() / len(shifted) + plain.var() / len(plain)))
    assert abs(shifted.mean() - plain.mean()) < 4 * error


def test_null_shares_are_those_of_the_real_table() -> None:
    frame = leads(60_000, 5).select(FIELDS)
    shares = {name: frame[name].null_count() / frame.height for name in FIELDS}
    assert shares == pytest.approx({name: NULL_SHARES.get(name, 0.0) for name in FIELDS}, abs=0.03)


def test_most_accounts_of_the_latest_leads_are_new() -> None:
    for n, seed in ((20_000, 1), (60_000, 5)):
        accounts = leads(n, seed)["customer_idx"].to_numpy()
        border = int(0.8 * n)
        seen = np.isin(np.unique(accounts[border:]), accounts[:border])
        assert 0.84 <= 1 - seen.mean() <= 0.94
        _, counts = np.unique(accounts, return_counts=True)
        assert (counts == 1).mean() == pytest.approx(0.78, abs=0.04)


def test_bucket_is_all_converted_and_gone_from_the_latest_leads() -> None:
    frame = leads(60_000, 5)
    bucket = frame.filter(pl.col("customer_idx") == BUCKET_ID)
    assert 0.01 <= bucket.height / frame.height <= 0.015
    assert bucket["is_converted"].to_list() == [1] * bucket.height
    assert bucket["true_probability"].to_list() == [1.0] * bucket.height
    assert BUCKET_ID not in latest(frame)["customer_idx"]


def test_catch_all_account_hardly_converts() -> None:
    frame = leads(60_000, 5)
    catch_all = frame.filter(pl.col("customer_idx") == CATCH_ALL_ID)
    assert catch_all.height / frame.height == pytest.approx(0.13, abs=0.01)
    assert catch_all["is_converted"].to_numpy().mean() == pytest.approx(0.009, abs=0.005)


def test_some_rows_repeat_and_a_few_contradict_each_other() -> None:
    frame = leads(60_000, 5)
    with_outcome = frame.select(*FIELDS, "is_converted").n_unique()
    assert 1 - with_outcome / frame.height == pytest.approx(0.06, abs=0.01)
    assert 10 <= with_outcome - frame.select(FIELDS).n_unique() <= 100


def test_new_sellers_and_a_new_kind_of_inquiry_come_late() -> None:
    frame = leads(60_000, 5)
    new = set(latest(frame)["lead_owner"]) - set(frame.head(48_000)["lead_owner"])
    assert new
    media = frame.filter(pl.col("inquiry_type").str.to_lowercase().str.contains("media"))
    assert media["lead_id"].to_numpy().min() > 48_000


def test_200_000_leads_take_seconds() -> None:
    start = time.perf_counter()
    rows = sum(chunk.height for chunk in example_leads(200_000, seed=6, end=END))
    assert rows == 200_000
    assert time.perf_counter() - start < 12
