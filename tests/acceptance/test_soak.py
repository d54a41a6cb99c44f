"""Night after night on a changing CRM: what is published is what must be, and nothing is left behind."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from harness.children import Children
from harness.stores import Store
from soak import summary
from soak.nights import Soak, Told, spans_of
from soak.plan import HISTORY_DAYS, Plan

from leadscore.sample.demo import EXAMPLES

SETTINGS = {  # as quick to train, and to report on, as can be
    "training__folds": 2,
    "training__trials": 0,
    "training__imbalance": "none",
    "training__bags": 1,
    "training__members": '["lightgbm"]',
    "training__min_leads": 400,
    "training__min_conversions": 40,
    "validation__min_batch": 100,
    "compute__threads": 1,
    "report__queue": 50,
    "retention__history_days": HISTORY_DAYS,
    "gate__max_age_days": 13,  # so that some models are promoted that are only as good
}

MAY_GROW = 64  # megabytes from the middle nights to the last: retrains still warm up, and leads are more by the night
SAMPLE = Plan(nights=2, first=1000, leads=1060, killed_nights=1)
SHORT = Plan(
    nights=28,
    first=1500,
    leads=2200,
    killed_nights=6,
    killed_retrains=1,
    added=3,
    renamed=9,
    faulty=12,
    retyped=16,
)
LONG = Plan(
    nights=200,
    first=2000,
    leads=6000,
    killed_nights=25,
    killed_retrains=5,
    added=40,
    renamed=80,
    faulty=101,
    retyped=130,
)


def soaked(plan: Plan, url: str, folder: Path, children: Children, patch: pytest.MonkeyPatch) -> Told:
    """What a soak in an empty database has to tell; its temporary files are in a folder of their own."""
    temporary = folder / "temporary"
    temporary.mkdir()
    patch.setenv("TMPDIR", str(temporary))
    patch.setattr(tempfile, "tempdir", str(temporary))
    shutil.copyfile(EXAMPLES / "example_mql.toml", folder / "leadscore.toml")
    store = Store(url, folder / "leadscore.toml").having(models__dir=folder / "models", **SETTINGS)
    return Soak(plan, store, children, patch).run()


def test_a_few_nights(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = soaked(SAMPLE, f"sqlite:///{tmp_path}/own.db", tmp_path, children, monkeypatch)
    assert len(told.nights) == SAMPLE.nights


@pytest.fixture(scope="module")
def all_told() -> Iterator[list[Told]]:
    """What the soaks have to tell; it becomes a page where SOAK_PAGE says so."""
    told: list[Told] = []
    yield told
    if told and (page := os.environ.get("SOAK_PAGE")):
        Path(page).write_text(summary.page(told), encoding="utf-8")


@pytest.mark.soak
@pytest.mark.timeout(6 * 3600)
@pytest.mark.parametrize(("database", "plan"), [("postgresql", LONG), ("sqlite", SHORT)], ids=["long", "short"])
def test_months(
    request: pytest.FixtureRequest,
    children: Children,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    all_told: list[Told],
    database: str,
    plan: Plan,
) -> None:
    url = request.getfixturevalue("postgres") if database == "postgresql" else f"sqlite:///{tmp_path}/own.db"
    told = soaked(plan, url, tmp_path, children, monkeypatch)
    all_told.append(told)
    print(summary.page(all_told))
    _, middle, last = ([night.reading for night in span] for span in spans_of(told.nights))
    for name in ("files", "threads", "processes", "temporary_files"):
        assert median(getattr(each, name) for each in last) <= max(getattr(each, name) for each in middle), name
    grown = median(each.memory for each in last) - median(each.memory for each in middle)
    assert grown <= MAY_GROW
