"""What a night lets go once it is published."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from flows.score import score

Sql = Callable[..., list[tuple[Any, ...]]]
NIGHT, DAY = datetime(2026, 1, 1), timedelta(days=1)
OLD = "2020-01-01 00:00:00.000000"


@pytest.mark.usefixtures("trained")
def test_a_night_lets_go_what_is_older_than_the_settings_keep(sql: Sql) -> None:
    score(as_of=NIGHT)
    [(run,)] = sql("SELECT run_id FROM score_runs")
    n_first = sql("SELECT COUNT(*) FROM lead_score_history")
    assert sql("SELECT COUNT(*) FROM monitoring WHERE run_id = ?", run) != [(0,)]
    sql("UPDATE score_runs SET published_at = ?", OLD)
    score(as_of=NIGHT + DAY)
    assert sql("SELECT COUNT(*) FROM monitoring WHERE run_id = ?", run) == [(0,)]
    assert sql("SELECT COUNT(*) FROM lead_score_history WHERE run_id = ?", run) == n_first, "first scores stay"
    assert sql("SELECT COUNT(*) FROM score_runs WHERE pruned_at IS NOT NULL") == [(1,)]
