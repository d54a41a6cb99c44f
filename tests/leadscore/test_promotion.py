from datetime import datetime
from pathlib import Path

import pytest

from leadscore.errors import BundleDamaged, StoreError
from leadscore.job import open_job
from leadscore.promotion import promote_by_hand, roll_back_by_hand
from leadscore.settings import load_settings
from leadscore.store.registry import Entry, champion, register

NOW = datetime(2026, 1, 2)


@pytest.fixture
def url(trained: Path) -> str:
    """The trained store, with a candidate beside the champion: the same bundle under another name."""
    settings = load_settings()
    with open_job(settings, NOW) as job:
        now = champion(job.store)
        register(
            job.store, Entry("other", "candidate", NOW, NOW, 1, None, None, "{}", 0.5, now.uri, now.sha256, "kept back")
        )
        register(
            job.store, Entry("lost", "candidate", NOW, NOW, 1, None, None, "{}", 0.5, "file:///no.zip", "aa", "lost")
        )
    return settings.database.url


def champion_of(url: str) -> str:
    with open_job(load_settings(), NOW) as job:
        return champion(job.store).version


def test_there_and_back(url: str) -> None:
    first = champion_of(url)
    promote_by_hand(url, "other", "kim", NOW)
    assert champion_of(url) == "other"
    assert roll_back_by_hand(url, "kim", NOW) == ("other", first)
    assert champion_of(url) == first
    with pytest.raises(StoreError, match="no champion before"):
        roll_back_by_hand(url, "kim", NOW)


def test_a_model_whose_bundle_is_lost_never_scores(url: str) -> None:
    first = champion_of(url)
    with pytest.raises(BundleDamaged, match="cannot be opened"):
        promote_by_hand(url, "lost", "kim", NOW)
    assert champion_of(url) == first


def test_nothing_waits_for_a_run_to_end(url: str) -> None:
    with open_job(load_settings(), NOW):
        promote_by_hand(url, "other", "kim", NOW)
    assert champion_of(url) == "other"
