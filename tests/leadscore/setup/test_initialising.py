"""From tables to settings that load, and that say what was seen."""

import random
import tomllib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from leadscore.errors import ConfigError, LeadScoreError, SourceError
from leadscore.exploring import explored_html
from leadscore.settings import load_settings
from leadscore.setup.draft import drafted, previewed
from leadscore.setup.initialising import initialise, require_free, told
from leadscore.setup.looking import Look
from leadscore.setup.writing import toml, written

N = 1500
NOW = datetime(2026, 6, 1)

SQLITE_FIRST = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.acceptance)], indirect=True
)  # for what reads each column of many leads, which others do on both databases


def nobody(_question: str, guess: str | None, _choices: object) -> str | None:
    return guess


def leads(n: int = N) -> dict[str, list[object]]:
    """Leads with odd names, a leak, and a placeholder."""
    rng = random.Random(1)
    won = [rng.random() < 0.2 for _ in range(n)]
    return {
        "리드 id": [f"L{i}" for i in range(n)],
        'is "converted" 🎉': [("yes" if each else "no") if i < n - 100 else None for i, each in enumerate(won)],
        "created": [f"2026-01-{1 + i * 28 // n:02} 10:00" for i in range(n)],
        "نوع": [rng.choice(["أ", "ب", "Select"]) for _ in range(n)],
        "size": [rng.choice([1, 2, 3, 999]) for _ in range(n)],
        "deal_value": [rng.random() * 1000 if each else None for each in won],
    }


def test_the_settings_load_and_tell_the_evidence(database: str, loaded: Callable[..., Look], tmp_path: Path) -> None:
    loaded(key="리드 id", **leads())
    file = tmp_path / "leadscore.toml"
    draft = initialise(file, database, None, {}, nobody, NOW)
    found = load_settings(file).leads
    assert (found.id, found.label, found.created_at) == ("리드 id", 'is "converted" 🎉', "created")
    assert (found.exclude, found.missing, found.missing_in) == (("deal_value",), ("select",), {"size": (999,)})
    text = file.read_text(encoding="utf-8")
    assert 'id = "리드 id"  # unique in all 1,500 rows, never null' in text
    assert "# deal_value seems to know the outcome (filled only for converted)" in text
    assert "1,400 with a known outcome" in text
    assert "That is enough to learn from." in text
    facts = dict(told(draft).facts)
    assert facts["not found"].startswith("closed_at, updated_at, account, owner")
    assert facts["verdict"] == "enough to learn from"


@SQLITE_FIRST
def test_too_little_is_told_and_written_all_the_same(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(key="리드 id", **leads(300))
    draft = previewed(drafted(engine, "sqlite:///own.db", "leads", {}, nobody), engine, NOW)
    assert draft.preview is not None
    assert "training needs 1,000 and 120" in draft.preview.verdict
    assert tomllib.loads(written(draft))["leads"]["id"] == "리드 id"


def test_what_a_person_says_overrules_what_is_seen(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(id=list(range(60)), stage=["a", "b", "c"] * 20, created=["2026-01-01"] * 60)
    said = {"label": "stage", "converted": "a", "lost": "b", "created_at": "none"}
    draft = drafted(engine, "sqlite:///own.db", "leads", said, nobody)
    assert (draft.outcome.converted, draft.outcome.lost, draft.roles["created_at"]) == (("a",), ("b",), None)
    with pytest.raises(ConfigError, match="did you mean stage"):
        drafted(engine, "sqlite:///own.db", "leads", {"label": "stag"}, nobody)
    with pytest.raises(SourceError, match="stage is no yes or no"):
        drafted(engine, "sqlite:///own.db", "leads", {"label": "stage"}, nobody)


def test_who_is_asked_says_what_each_stage_means(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(id=list(range(60)), 단계=["견적", "Closed Won", "🙂", "lost"] * 15)
    answers = {"Column of the outcome": "단계", '단계 "🙂" means': "converted", '단계 "lost" means': "open"}
    draft = drafted(engine, "sqlite:///own.db", "leads", {}, lambda question, guess, _: answers.get(question, guess))
    assert (draft.outcome.converted, draft.outcome.lost) == (("Closed Won", "🙂"), ())
    assert dict(told(draft).facts)["converted"] == "Closed Won, 🙂"
    with pytest.raises(SourceError, match="no stage or date"):
        drafted(
            engine,
            "sqlite:///own.db",
            "leads",
            {"label": "단계"},
            lambda *asked: "open" if "means" in asked[0] else None,
        )


@SQLITE_FIRST
def test_leads_whose_outcome_nobody_knows_can_be_explored(
    database: str, loaded: Callable[..., Look], tmp_path: Path
) -> None:
    loaded(id=list(range(60)), size=["small", "large", "huge"] * 20)
    file = tmp_path / "leadscore.toml"
    draft = initialise(file, database, None, {}, nobody, NOW)
    assert "# label: no column tells it" in file.read_text(encoding="utf-8")
    assert dict(told(draft).facts)["next"].endswith("leadscore explore")
    assert "60 leads" in explored_html(load_settings(file), NOW)


def test_which_table_is_asked_for_where_none_is_so_called(
    engine: sa.Engine, database: str, loaded: Callable[..., Look], tmp_path: Path
) -> None:
    with pytest.raises(LeadScoreError):
        initialise(tmp_path / "leadscore.toml", database, None, {}, nobody, NOW)
    loaded("one", id=[1, 2], won=[True, False])
    loaded("two", id=[1, 2], won=[True, False])
    with pytest.raises(SourceError, match="Which of the tables one, two"):
        initialise(tmp_path / "leadscore.toml", database, None, {}, nobody, NOW)
    assert not (tmp_path / "leadscore.toml").exists()


def test_settings_that_are_there_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "leadscore.toml"
    require_free(file, replace=False)
    file.touch()
    require_free(file, replace=True)
    with pytest.raises(ConfigError, match="already"):
        require_free(file, replace=False)


def test_rows_in_order_are_not_said_to_be_judged_at_random(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(key="row_id", row_id=[f"r{n}" for n in range(60)], row_number=list(range(60)), won=[True, False] * 30)
    text = written(drafted(engine, "sqlite:///own.db", "leads", {}, nobody))
    assert 'order = "row_number"' in text
    assert "judged on the last leads in it" in text
    assert "at random" not in text


def test_a_password_is_not_written(engine: sa.Engine, loaded: Callable[..., Look]) -> None:
    loaded(id=list(range(60)), won=[True, False] * 30)
    draft = drafted(engine, "postgresql://kim:secret@crm/leads", "leads", {}, nobody)
    assert "secret" not in written(draft)


def test_any_value_is_written_so_that_it_reads_the_same() -> None:
    value = {"a b": ["x\n\t\x7f\"'", 1, 2.5], "ok": {"é": "🎉"}}
    assert tomllib.loads(f"value = {toml(value)}")["value"] == value
