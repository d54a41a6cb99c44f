import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.errors import LeakFound, SourceError
from leadscore.job import Job, open_job
from leadscore.models.split import hashed
from leadscore.sample.demo import load_example
from leadscore.schema import Kind
from leadscore.settings import CONFIG_VARIABLE, load_settings
from leadscore.store.engine import writing
from leadscore.store.source import fetch, scan
from leadscore.training.known import find_known
from leadscore.training.prepare import Known, prepare, usual_gap_days

DAY = timedelta(days=1)
N, END = 2500, datetime(2026, 1, 1)  # of the example leads
NONE = pl.DataFrame(schema={"lead_id": pl.Int64, "inputs": pl.String})


def test_the_usual_gap_is_the_one_that_hardly_any_exceeds() -> None:
    times = [END + i * DAY for i in range(99)] + [END + 198 * DAY]
    gap = usual_gap_days(pl.DataFrame({"created_at": times}))
    assert gap is not None
    assert 1 <= gap < 100
    assert usual_gap_days(pl.DataFrame({"created_at": [None]}, schema={"created_at": pl.Datetime("us")})) is None


def prepared(job: Job, snapshots: pl.DataFrame = NONE) -> Known:
    found = find_known(scan(job.source, 10_000), job.settings.leads, job.as_of, None, seed=1)
    known, still_open = fetch(job.source, found.known), fetch(job.source, found.open)
    return prepare(job.source, known, still_open, snapshots, found, job.as_of, job.settings)


@pytest.fixture(scope="module")
def example_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with example leads, and the tables that a run makes."""
    folder = tmp_path_factory.mktemp("example")
    with open_job(load_example(folder, n=N, seed=7, end=END), END):
        return folder


@pytest.fixture
def example(example_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this test's own, made the present one."""
    folder = Path(shutil.copytree(example_folder, tmp_path / "store"))
    monkeypatch.setenv(CONFIG_VARIABLE, str(folder / "leadscore.toml"))
    return folder


@pytest.fixture(scope="module")
def plain(example_folder: Path) -> Known:
    """The example leads, prepared with the settings as they are."""
    with open_job(load_settings(example_folder / "leadscore.toml"), END) as job:
        return prepared(job)


def test_no_identifier_time_or_outcome_becomes_a_feature(plain: Known) -> None:
    kinds = {column.name: column.kind for column in plain.schema.modelled}
    assert not {"lead_id", "is_converted", "created_at", "updated_at", "closed_at"} & kinds.keys()
    assert kinds["customer_idx"] is kinds["lead_owner"] is Kind.CATEGORY
    assert kinds["bant_submit"] is Kind.NUMBER
    assert plain.rules.batch.n_leads == N


def test_what_the_settings_exclude_or_ignore_is_not_learned(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", '["lead_owner"]')
    monkeypatch.setenv("LEADSCORE_LEADS__KINDS", '{"ver_pro": "ignore", "ver_cus": "category"}')
    with open_job(load_settings(), END) as job:
        kinds = {column.name: column.kind for column in prepared(job).schema.modelled}
    assert not {"lead_owner", "ver_pro"} & kinds.keys()
    assert kinds["ver_cus"] is Kind.CATEGORY


def test_leads_that_fail_the_rules_are_set_aside(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_VALIDATION__RANGES", '{"lead_desc_length": [0, 500]}')
    with open_job(load_settings(), END) as job:
        found = prepared(job)
    [(rule, column, n)] = found.set_aside
    assert (rule, column) == ("in_range", "lead_desc_length")
    assert n > 0
    assert found.leads.leads["lead_desc_length"].max() <= 500  # type: ignore[operator]
    assert found.leads.leads.height == found.leads.lives.height == len(found.leads.converted)


def test_a_table_without_anything_to_learn_from_is_refused(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_job(load_settings(), END) as job:
        fields = list(job.source.features)
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", json.dumps(fields))
    with open_job(load_settings(), END) as job, pytest.raises(SourceError, match="None of 0 columns"):
        prepared(job)


def test_a_naive_moment_is_utc(example: Path) -> None:
    with open_job(load_settings(), datetime.fromisoformat("2026-01-01T02:00:00+02:00")) as job:
        assert job.as_of == datetime(2026, 1, 1)


def test_a_lead_without_a_time_does_not_end_the_split_by_time(example: Path) -> None:
    with open_job(load_settings(), END) as job, writing(job.source.engine) as connection:
        connection.exec_driver_sql("UPDATE leads SET created_at = NULL WHERE lead_id = 3")
    with open_job(load_settings(), END) as job:
        assert prepared(job).split.kind == "latest"


def test_the_order_is_the_time_or_the_column_that_stands_for_it(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__ORDER", "lead_id")
    with open_job(load_settings(), END) as job:
        found = prepared(job)
    ids = found.leads.lives["lead_id"].to_numpy()
    assert ids[found.split.train].max() < ids[found.split.holdout].min()


def leak(job: Job) -> None:
    """A column that is filled in when a lead converts, as in a table of deals."""
    with writing(job.source.engine) as connection:
        connection.exec_driver_sql("ALTER TABLE leads ADD COLUMN deal_size FLOAT")
        connection.exec_driver_sql("UPDATE leads SET deal_size = lead_id % 50 WHERE is_converted = 1")


def test_a_column_that_knows_the_outcome_is_left_out_and_told(example: Path) -> None:
    with open_job(load_settings(), END) as job:
        leak(job)
    with open_job(load_settings(), END) as job:
        found = prepared(job)
    assert [each.check for each in found.left_out if each.column == "deal_size"] == ["filled only for converted"]
    assert "deal_size" not in {column.name for column in found.schema.modelled}
    assert "deal_size" not in found.leads.leads.columns
    assert "deal_size" not in {rule.column for rule in found.rules.rows}


def test_a_leak_can_be_kept_or_refused(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_job(load_settings(), END) as job:
        leak(job)
    monkeypatch.setenv("LEADSCORE_LEADS__ON_LEAK", "warn")
    with open_job(load_settings(), END) as job:
        kept = prepared(job)
    assert "deal_size" in kept.leads.leads.columns
    assert "deal_size" in {each.column for each in kept.findings if each.leak}
    monkeypatch.setenv("LEADSCORE_LEADS__ON_LEAK", "fail")
    with open_job(load_settings(), END) as job, pytest.raises(LeakFound, match="deal_size"):
        prepared(job)


def test_copies_count_once_in_training_and_are_all_judged(plain: Known) -> None:
    rows = len(plain.leads.converted)
    assert plain.copies is not None
    assert plain.copies.n_copies == rows - len(plain.shipped) > 50
    parts = plain.split
    assert len(parts.holdout) == pytest.approx(0.2 * rows, abs=2)
    assert len(parts.train) < rows - len(parts.holdout)
    times = plain.leads.lives["created_at"].to_numpy()
    assert times[parts.train].max() < times[parts.holdout].min()


def test_the_model_knows_which_leads_it_has_seen_and_holds_the_others_as_the_source_does(
    plain: Known, example: Path
) -> None:
    with open_job(load_settings(), END) as job:
        source = fetch(job.source, plain.held.lives["lead_id"])
    judged = hashed(plain.held.lives["lead_id"].to_numpy())
    assert plain.held.lives.equals(plain.leads.lives[plain.split.holdout])
    assert plain.held.raw.sort("lead_id").equals(source.raw.sort("lead_id"))
    assert plain.held.inputs.is_null().all()
    assert len(plain.seen) + len(judged) == len(plain.leads.converted)
    assert not set(plain.seen) & set(judged)
    assert (np.diff(plain.seen) > 0).all()


def test_leads_are_learned_as_they_were_first_scored_once_enough_have_closed(plain: Known, example: Path) -> None:
    ids = plain.leads.lives["lead_id"]
    inputs = plain.leads.leads.select(
        (pl.int_range(pl.len()) % 7.0).alias(each.name) if each.kind is Kind.NUMBER else each.name
        for each in plain.schema.modelled
    )
    text = inputs.select(pl.struct(pl.all()).struct.json_encode()).to_series()
    with open_job(load_settings(), END) as job:
        then = prepared(job, pl.DataFrame({"lead_id": ids, "inputs": text}))
    assert then.n_snapshots == len(ids)
    assert then.held.inputs.to_list() == text.gather(then.split.holdout).to_list()
    assert plain.n_snapshots == 0
    assert then.leads.leads["bant_submit"].to_list() == [float(i % 7) for i in range(len(ids))]
    assert then.leads.leads["customer_job"].equals(plain.leads.leads["customer_job"], null_equal=True)


def test_without_accounts_and_times_leads_that_look_alike_are_no_copies(
    example: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_job(load_settings(), END) as job, writing(job.source.engine) as connection:
        for name in ("created_at", "closed_at", "updated_at"):
            connection.exec_driver_sql(f"ALTER TABLE leads DROP COLUMN {name}")
    for name in ("CREATED_AT", "CLOSED_AT", "UPDATED_AT", "ACCOUNT"):
        monkeypatch.setenv(f"LEADSCORE_LEADS__{name}", "")
    with open_job(load_settings(), END) as job:
        found = prepared(job)
    assert found.split.kind == "random"
    assert found.copies is None
    assert len(found.shipped) == len(found.leads.converted)


def test_without_times_no_twin_of_a_judged_lead_is_learned_from(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_job(load_settings(), END) as job, writing(job.source.engine) as connection:
        for name in ("created_at", "closed_at", "updated_at"):
            connection.exec_driver_sql(f"ALTER TABLE leads DROP COLUMN {name}")
    for name in ("CREATED_AT", "CLOSED_AT", "UPDATED_AT"):
        monkeypatch.setenv(f"LEADSCORE_LEADS__{name}", "")
    with open_job(load_settings(), END) as job:
        found = prepared(job)
    assert found.split.kind == "accounts"
    columns = [each.name for each in found.schema.modelled]
    judged = set(found.leads.leads[found.split.holdout].select(columns).rows())
    assert not judged & set(found.leads.leads[found.split.train].select(columns).rows())
