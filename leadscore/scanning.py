"""The scan of a night: the leads in the source beside what the store holds of them, range by range of ids."""

from collections.abc import Iterator
from functools import partial

import polars as pl

from leadscore.due import Compared, compare, look_back, split_keys
from leadscore.job import Job
from leadscore.store.runs import Run
from leadscore.store.source import scan_ranges
from leadscore.store.stored import StoredRanges


def compared(job: Job, run: Run, maturity_days: float | None) -> Iterator[Compared]:
    """What each range comes to; for a backfill, only who was open then."""
    ranges = (
        split_keys(lives, job.settings.leads.id) for lives in scan_ranges(job.source, job.settings.scoring.chunk_rows)
    )
    if run.scope == "backfill":
        for sound, bad_keys in ranges:
            yield look_back(sound, bad_keys, as_of=run.as_of, maturity_days=maturity_days)
        return
    against = partial(
        compare,
        as_of=run.as_of,
        maturity_days=maturity_days,
        model_version=run.model_version,
        rules_version=run.rules_version,
        full=run.scope == "full",
    )
    stored = StoredRanges(job.store, job.source)
    for sound, bad_keys in ranges:
        last = pl.concat([sound["lead_id"], bad_keys["lead_id"]]).max()  # None only if no lead at all has an id
        yield against(sound, bad_keys, stored.upto(last))
        nobody = sound.clear(), bad_keys.clear()
    yield against(*nobody, stored.upto(None))
