import json
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from leadscore.errors import LabelError, NotEnoughLeads, SourceError
from leadscore.job import Job, open_job
from leadscore.schema import Kind
from leadscore.sections import Leads
from leadscore.settings import load_settings
from leadscore.store.engine import writing
from leadscore.store.source import fetch, scan
from leadscore.training import History, find_known, prepare, usual_gap_days

LEADS = Leads(table="leads", label="won")
DAY = timedelta(days=1)
END = datetime(2026, 1, 1)  # of the example leads


def lives(labels: list[int | None], bad: list[bool] | None = None) -> pl.DataFrame:
    n = len(labels)
    return pl.DataFrame(
        {
            "lead_id": range(n),
            "label": labels,
            "unreadable": ["won" if each else None for each in bad or [False] * n],
            "created_at": [END - DAY] * n,
            "closed_at": pl.Series([None] * n, dtype=pl.Datetime("us")),
        },
        schema_overrides={"label": pl.Int8, "unreadable": pl.String},
    )


def test_open_leads_are_not_known() -> None:
    assert find_known(lives([1, 0, None]), LEADS, END, None)["lead_id"].to_list() == [0, 1]


def test_strange_labels_are_counted() -> None:
    with pytest.raises(LabelError, match="2 of 4 leads have a won that is neither"):
        find_known(lives([1, 0, None, None], [False, False, True, True]), LEADS, END, None)


def test_one_outcome_only_is_refused() -> None:
    with pytest.raises(NotEnoughLeads, match="All 2 leads with a known outcome have the same won"):
        find_known(lives([0, 0, None]), LEADS, END, None)


def test_the_usual_gap_is_the_one_that_hardly_any_exceeds() -> None:
    times = [END + i * DAY for i in range(99)] + [END + 198 * DAY]
    gap = usual_gap_days(pl.DataFrame({"created_at": times}))
    assert gap is not None
    assert 1 <= gap < 100
    assert usual_gap_days(pl.DataFrame({"created_at": [None]}, schema={"created_at": pl.Datetime("us")})) is None


def history(job: Job) -> History:
    found = scan(job.source, 10_000)
    known = find_known(found, job.settings.leads, job.as_of, None)
    return prepare(job.source, fetch(job.source, known["lead_id"]), found.height, job.settings)


def test_no_identifier_time_or_outcome_becomes_a_feature(trained: Path) -> None:
    with open_job(load_settings(), END) as job:
        found = history(job)
    kinds = {column.name: column.kind for column in found.schema.modelled}
    assert not {"lead_id", "is_converted", "created_at", "updated_at", "closed_at"} & kinds.keys()
    assert kinds["customer_idx"] is kinds["lead_owner"] is Kind.CATEGORY
    assert kinds["bant_submit"] is Kind.NUMBER
    assert found.rules.batch.n_leads == 6000


def test_what_the_settings_exclude_or_ignore_is_not_learned(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", '["lead_owner"]')
    monkeypatch.setenv("LEADSCORE_LEADS__KINDS", '{"ver_pro": "ignore", "ver_cus": "category"}')
    with open_job(load_settings(), END) as job:
        kinds = {column.name: column.kind for column in history(job).schema.modelled}
    assert not {"lead_owner", "ver_pro"} & kinds.keys()
    assert kinds["ver_cus"] is Kind.CATEGORY


def test_leads_that_fail_the_rules_are_set_aside(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_VALIDATION__RANGES", '{"lead_desc_length": [0, 500]}')
    with open_job(load_settings(), END) as job:
        found = history(job)
    [(rule, column, n)] = found.set_aside
    assert (rule, column) == ("in_range", "lead_desc_length")
    assert n > 0
    assert found.leads["lead_desc_length"].max() <= 500  # type: ignore[operator]
    assert found.leads.height == found.lives.height == len(found.converted)


def test_a_table_without_anything_to_learn_from_is_refused(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_job(load_settings(), END) as job:
        fields = list(job.source.features)
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", json.dumps(fields))
    with open_job(load_settings(), END) as job, pytest.raises(SourceError, match="None of 0 columns"):
        history(job)


def test_a_lead_without_a_time_does_not_end_the_split_by_time(trained: Path) -> None:
    with open_job(load_settings(), END) as job, writing(job.source.engine) as connection:
        connection.exec_driver_sql("UPDATE leads SET created_at = NULL WHERE lead_id = 3")
    with open_job(load_settings(), END) as job:
        assert history(job).order is not None


def test_the_order_is_the_time_or_the_column_that_stands_for_it(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADSCORE_LEADS__ORDER", "lead_id")
    with open_job(load_settings(), END) as job:
        found = history(job)
    assert found.order is not None
    assert found.order.tolist() == found.lives["lead_id"].to_list()


def test_a_naive_moment_is_utc(trained: Path) -> None:
    with open_job(load_settings(), datetime.fromisoformat("2026-01-01T02:00:00+02:00")) as job:
        assert job.as_of == datetime(2026, 1, 1)
