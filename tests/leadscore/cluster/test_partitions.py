"""What a worker makes of a partition, beside what one machine makes of all known leads."""

from dataclasses import replace
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from numpy.testing import assert_array_equal

from leadscore.cluster.ordered import packed
from leadscore.cluster.partitions import Partition, Syllabus, count, learned, outcomes, read, size
from leadscore.due import is_known, is_open
from leadscore.features.counts import total
from leadscore.features.merged import Merged
from leadscore.job import open_job
from leadscore.sample.demo import load_example
from leadscore.settings import Settings
from leadscore.spool import Spool
from leadscore.store.source import scan
from leadscore.training.known import find_known, unchanged
from leadscore.training.prepare import Known, prepare
from leadscore.training.spreading import spread

END = datetime(2026, 1, 1)
SPREAD = {"runner": "dask", "one_machine_leads": 1}

Scene = tuple[Settings, Known, list[pl.DataFrame]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """The known leads as one machine prepares them, and the lives of its partitions."""
    settings = load_example(tmp_path_factory.mktemp("partitions"), n=3000, seed=7, end=END)
    scoring = settings.scoring.model_copy(update={"chunk_rows": 500})
    everywhere = settings.compute.model_copy(update=SPREAD)
    settings = settings.model_copy(update={"scoring": scoring, "compute": everywhere})
    with open_job(settings, END) as job:
        everybody = scan(job.source, 10_000)
        found = find_known(everybody, settings.leads, END, None, settings.training.seed)
        closed = unchanged(job.source, found.known, is_known(END, None))
        still_open = unchanged(job.source, found.open, is_open(END, None))
        none = pl.DataFrame(schema={"lead_id": pl.Int64, "inputs": pl.String})
        known = prepare(job.source, closed, still_open, none, found, END, settings)
        parted = spread(found, everybody, settings).partitions
    assert parted is not None
    return settings, known, list(parted)


@pytest.fixture(scope="module")
def partitions(scene: Scene) -> list[Partition]:
    settings, known, parted = scene
    syllabus = Syllabus.of(known, settings, END)
    return [read(syllabus, packed(lives.select("lead_id")), i) for i, lives in enumerate(parted)]


def test_one_partition_is_what_one_machine_prepares(scene: Scene) -> None:
    settings, known, parted = scene
    ids = pl.concat(parted).select("lead_id").sort("lead_id")
    alone = read(Syllabus.of(known, settings, END), packed(ids), 0)
    assert alone.leads.equals(known.leads.leads)
    assert_array_equal(alone.converted, known.leads.converted)
    assert_array_equal(alone.rows[0], known.split.train)
    assert_array_equal(alone.rows[1], known.shipped)


def test_partitions_hold_the_same_leads_with_their_whole_histories(scene: Scene, partitions: list[Partition]) -> None:
    _, known, _ = scene
    there = pl.concat([partition.leads for partition in partitions])
    assert len(partitions) > 3
    assert there.hash_rows().sort().equals(known.leads.leads.hash_rows().sort())
    assert sum(size(each, 0) for each in partitions) == len(known.split.train)
    assert sum(size(each, 1) for each in partitions) == len(known.shipped)


def test_their_matrices_are_of_one_map(scene: Scene, partitions: list[Partition]) -> None:
    _, known, _ = scene
    inputs = known.inputs.columns
    merged = Merged.learn(total([count(each, 1, inputs) for each in partitions]), inputs)
    for each in partitions:
        matrix = learned(each, merged, 1, inputs)
        assert matrix.shape == (size(each, 1), len(merged.features.sources))
        assert len(outcomes(each, 1)) == size(each, 1)
        at_night = merged.features.transform(each.part(1).leads)
        plain = [i for i, name in enumerate(merged.features.sources) if "history" not in name and " and " not in name]
        assert np.isclose(matrix[:, plain], at_night[:, plain], rtol=0.5, atol=0.2, equal_nan=True).mean() > 0.95


def test_where_leads_are_a_sample_all_that_is_known_of_an_account_still_counts(scene: Scene) -> None:
    _, known, parted = scene
    nobody, some = known.leads.lives.clear(), parted[0].head(50)
    sample = replace(known, partitions=Spool(parted))
    everybody = pl.concat(parted)
    theirs = everybody.join(some.select("account_id").drop_nulls().unique(), on="account_id", how="semi")
    assert known.past(nobody, some).is_empty()
    assert sorted(sample.past(nobody, some)["lead_id"]) == sorted(theirs["lead_id"])
    assert sample.past(known.leads.lives, some)["lead_id"].is_unique().all()


def test_leads_of_accounts_that_are_filed_later_are_left_out(scene: Scene) -> None:
    settings, known, parted = scene
    account = parted[0]["account_id"].drop_nulls()[0]
    syllabus = Syllabus.of(known, settings, END)
    before = read(syllabus, packed(parted[0].select("lead_id")), 0)
    found = read(replace(syllabus, filed_later=(account,)), packed(parted[0].select("lead_id")), 0)
    n = (parted[0]["account_id"] == account).sum()
    assert 0 < before.leads.height - found.leads.height <= n
