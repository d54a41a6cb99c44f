from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from leadscore.errors import ConfigError
from leadscore.sections import Compute, Database, Leads, Scoring, Training
from leadscore.settings import Settings
from leadscore.training.known import Found
from leadscore.training.spreading import limited, spread

N, MOST, ROWS = 5000, 1000, 400


def settings(**compute: object) -> Settings:
    asked = Compute.model_validate({"runner": "dask", "one_machine_leads": MOST} | compute)
    return Settings(database=Database(), leads=Leads(table="leads"), compute=asked, scoring=Scoring(chunk_rows=ROWS))


@pytest.fixture
def scan() -> pl.DataFrame:
    """Half of them known; accounts of one to some hundred leads, and leads of none."""
    rng = np.random.default_rng(1)
    accounts = [None if each > 900 else each for each in np.minimum(rng.geometric(0.002, N), 1000).tolist()]
    came_in = [datetime(2025, 1, 1) + timedelta(hours=i) for i in range(N)]
    return pl.DataFrame({"lead_id": range(N), "account_id": accounts, "created_at": came_in})


@pytest.fixture
def found(scan: pl.DataFrame) -> Found:
    return Found(scan["lead_id"].gather_every(2), scan["lead_id"].clear(), N, None)


@pytest.mark.parametrize("compute", [{"runner": "local"}, {"one_machine_leads": N}], ids=str)
def test_what_one_machine_holds_stays_on_it(found: Found, scan: pl.DataFrame, compute: dict[str, object]) -> None:
    assert spread(found, scan, settings(**compute)) is found


def test_leads_without_an_order_in_time_stay_on_one_machine_and_it_is_said(
    found: Found, scan: pl.DataFrame, caplog: pytest.LogCaptureFixture
) -> None:
    timeless = scan.with_columns(created_at=pl.lit(None, pl.Datetime("us")))
    assert spread(found, timeless, settings()) is found
    assert "only where [leads] created_at" in caplog.text


def test_the_sample_is_of_whole_accounts(found: Found, scan: pl.DataFrame) -> None:
    sample = spread(found, scan, settings()).known
    assert MOST / 2 < len(sample) <= MOST
    known = scan.filter(pl.col("lead_id").is_in(found.known.implode())).drop_nulls("account_id")
    inside = known.with_columns(inside=pl.col("lead_id").is_in(sample.implode()))
    assert inside.group_by("account_id").agg(pl.col("inside").n_unique())["inside"].max() == 1


def test_a_smaller_sample_is_of_accounts_of_a_larger_one(found: Found, scan: pl.DataFrame) -> None:
    larger, smaller = (set(spread(found, scan, settings(one_machine_leads=n)).known) for n in (MOST, MOST // 2))
    assert smaller < larger


def test_every_known_lead_is_in_one_partition_and_every_account_too(found: Found, scan: pl.DataFrame) -> None:
    partitions = spread(found, scan, settings()).partitions
    assert partitions is not None
    frames = list(partitions)
    assert len(frames) == -(-len(found.known) // ROWS)
    assert sorted(pl.concat(frames)["lead_id"]) == sorted(found.known)
    numbered = pl.concat([frame.with_columns(number=pl.lit(i)) for i, frame in enumerate(frames)])
    apart = numbered.drop_nulls("account_id").group_by("account_id").agg(pl.col("number").n_unique())
    assert apart["number"].max() == 1


def test_the_search_keeps_to_what_workers_can_train() -> None:
    training = limited(Training(members=("logistic", "xgboost", "lightgbm")))
    assert (training.members, training.imbalance) == (("xgboost", "lightgbm"), "none")
    with pytest.raises(ConfigError, match="logistic, none can be trained on a cluster"):
        limited(Training(members=("logistic",)))
