"""Champion and challenger on a real store: what they read, what they are judged by, and rivals that are none."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from leadscore.job import Job, open_job
from leadscore.models.bundle import Bundle, load
from leadscore.models.gate import Verdict
from leadscore.models.split import hashed
from leadscore.settings import CONFIG_VARIABLE, load_settings
from leadscore.store.registry import Champion, champion
from leadscore.store.source import fetch, scan
from leadscore.training import bundling, contest
from leadscore.training.contest import Challenger, Ring, gap, meet, regraded, sliced, verdict
from leadscore.training.known import find_known
from leadscore.training.prepare import Known, prepare

END = datetime(2026, 1, 1)


@dataclass(frozen=True)
class Scene:
    """The champion of the trained store, trained again: the same leads, the same fits."""

    job: Job
    known: Known
    ring: Ring
    champion: Champion
    bundle: Bundle
    challenger: Challenger

    def verdict(self, **changes: object) -> Verdict:
        asked = {"challenger": self.challenger, "champion": self.champion, "columns": self.job.source.features}
        found = asked | {"ring": self.ring, "as_of": END, "settings": self.job.settings} | changes
        return verdict(**found)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def scene(trained_folder: Path) -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CONFIG_VARIABLE, str(trained_folder / "leadscore.toml"))
        settings = load_settings()
        with open_job(settings, END) as job:
            found = find_known(scan(job.source, 10_000), settings.leads, END, None, settings.training.seed)
            closed, still_open = fetch(job.source, found.known), fetch(job.source, found.open)
            none = pl.DataFrame(schema={"lead_id": pl.Int64, "inputs": pl.String})
            known = prepare(job.source, closed, still_open, none, found, END, settings)
            first = champion(job.store)
            bundle, trained = load(first.uri, first.sha256), bundling.fit(known, settings, job.budget, None)
            yield Scene(
                job, known, Ring.of(known, closed, still_open), first, bundle, Challenger("new", bundle, trained)
            )


def test_a_bundle_reads_the_rows_of_the_source_as_its_training_did(scene: Scene) -> None:
    read = scene.ring.read(scene.ring.held, scene.bundle)
    assert read.equals(scene.known.leads.leads[scene.known.split.holdout], null_equal=True)
    assert gap(scene.challenger, read, 1) <= 1e-6


def test_leads_are_read_as_they_were_first_scored_where_training_learned_from_that(scene: Scene) -> None:
    held = scene.ring.held
    then = pl.repeat('{"bant_submit": 0.125}', held.raw.height, dtype=pl.String, eager=True)
    assert set(scene.ring.read(replace(held, inputs=then), scene.bundle)["bant_submit"]) == {0.125}


def test_a_bundle_that_predicts_otherwise_is_rejected(scene: Scene) -> None:
    off = scene.challenger.trained.holdout.probability + 1e-5
    holdout = replace(scene.challenger.trained.holdout, probability=off)
    other = replace(scene.challenger, trained=replace(scene.challenger.trained, holdout=holdout))
    said = scene.verdict(challenger=other)
    assert not said.promote
    assert "predicts otherwise than it did: by up to 1e-05" in said.reason


def test_the_first_model_has_to_beat_the_base_rate(scene: Scene) -> None:
    said = scene.verdict(champion=None)
    assert said.promote
    assert said.reason.startswith("Better than the base rate")


def test_a_model_does_not_meet_itself(scene: Scene) -> None:
    assert scene.verdict(champion=replace(scene.champion, version="new")).reason.startswith("It is the champion")


@pytest.mark.acceptance
def test_an_equal_has_to_wait_until_the_champion_is_old(scene: Scene) -> None:
    assert scene.verdict().reason.startswith(f"Not shown to be better than champion {scene.champion.version}")
    later = scene.verdict(as_of=END + timedelta(days=61))
    assert later.promote
    assert "61 days old" in later.reason


def test_a_champion_that_cannot_score_any_more_is_no_rival(scene: Scene) -> None:
    columns = {name: type_ for name, type_ in scene.job.source.features.items() if name != "bant_submit"}
    gone = scene.verdict(columns=columns)
    assert gone.promote
    assert "cannot score any more" in gone.reason
    assert "bant_submit (float) is missing" in gone.reason
    lost = scene.verdict(champion=replace(scene.champion, uri="file:///nowhere.zip"))
    assert lost.promote
    assert "cannot be opened" in lost.reason


def test_only_leads_that_the_champion_has_not_seen_are_compared(scene: Scene) -> None:
    ids = scene.ring.held.lives["lead_id"].to_numpy()
    assert not np.isin(hashed(ids), scene.bundle.seen).any()
    knowing = replace(scene.bundle, seen=np.sort(hashed(ids[:100])))
    leads = scene.ring.read(scene.ring.held, scene.bundle)
    met = meet(scene.challenger, leads, knowing, "old", 3, scene.ring, 1)
    assert len(met.converted) == len(met.challenger) == len(met.champion) == len(met.slices["owner"]) == len(ids) - 100
    assert met.challenger == pytest.approx(met.champion, abs=1e-9)
    assert met.regraded == 0
    assert met.speed == pytest.approx(1, abs=0.6)
    assert abs(met.longer_s) < 1


def test_without_open_leads_no_grade_changes(scene: Scene) -> None:
    nobody = replace(scene.ring.still_open, raw=scene.ring.still_open.raw.clear())
    assert regraded(scene.bundle, scene.bundle, replace(scene.ring, still_open=nobody), 1) is None


def test_slices_tell_whether_account_and_owner_are_known() -> None:
    lives = pl.DataFrame({"account_id": [1, 2, None, 1], "owner_id": ["ann", "ann", "bob", None]})
    found = sliced(lives, lives[:1])
    assert found["history"].tolist() == [
        "account seen, owner seen",
        "account not seen, owner seen",
        "account not seen, owner not seen",
        "account seen, owner not seen",
    ]
    assert found["owner"].tolist() == ["ann", "ann", "bob", "missing"]
    alone = lives.with_columns(pl.lit(None, pl.Int64).alias("account_id"))
    assert sliced(alone, alone)["history"].tolist()[:1] == ["owner seen"]


def test_a_fit_is_timed_on_few_leads(scene: Scene) -> None:
    leads = scene.ring.read(scene.ring.held, scene.bundle)
    assert 0 < contest.seconds(scene.bundle.shipped, leads, 1) < 30
