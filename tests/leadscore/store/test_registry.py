from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from leadscore.errors import DatabaseUnreachable, NoChampion, StoreError
from leadscore.store.engine import open_engine, reading, writing
from leadscore.store.queries import execute
from leadscore.store.registry import Entry, champion, champions_before, model, promote, register, roll_back

NOW = datetime(2026, 1, 1)
FIRST = Entry("v1", "champion", NOW, NOW, 1000, None, NOW, "{}", 0.3, "file:///v1.zip", "aa", "better")


DAY = timedelta(days=1)


def models(store: Engine) -> dict[str, tuple[str, str]]:
    """Status and reason by version."""
    with reading(store) as connection:
        return {row.version: (row.status, row.reason) for row in execute(connection, "model_list")}


def statuses(store: Engine) -> dict[str, str]:
    return {version: status for version, (status, _) in models(store).items()}


def enter(store: Engine, *versions: str) -> None:
    """One champion after the other, a day apart."""
    for i, version in enumerate(versions):
        register(store, replace(FIRST, version=version, trained_at=NOW + i * DAY))


def test_there_is_one_champion_and_the_one_before_is_retired(store: Engine) -> None:
    with pytest.raises(NoChampion):
        champion(store)
    register(store, FIRST)
    register(store, replace(FIRST, version="v2"))
    register(store, replace(FIRST, version="v3", status="rejected"))
    register(store, replace(FIRST, version="v4", status="candidate"))
    assert statuses(store) == {"v1": "retired", "v2": "champion", "v3": "rejected", "v4": "candidate"}
    assert champion(store).version == "v2"


def test_registering_the_same_model_again_changes_nothing(store: Engine) -> None:
    register(store, FIRST)
    before = models(store)
    register(store, replace(FIRST, trained_at=datetime(2026, 2, 2)))
    assert models(store) == before


def test_a_rejected_model_that_is_trained_again_and_promoted_says_why(store: Engine) -> None:
    register(store, replace(FIRST, status="rejected", reason="worse"))
    register(store, replace(FIRST, reason="better"))
    assert models(store) == {"v1": ("champion", "better")}


def test_a_store_without_tables_has_no_champion(tmp_path: Path) -> None:
    with pytest.raises(NoChampion):
        champion(open_engine(f"sqlite:///{tmp_path}/empty.db"))


def test_the_champion_is_known_by_its_bundle_and_its_moment(store: Engine) -> None:
    register(store, FIRST)
    found = champion(store)
    assert (found.version, found.uri, found.sha256, found.as_of) == ("v1", "file:///v1.zip", "aa", NOW)


def test_a_person_promotes_any_model(store: Engine) -> None:
    enter(store, "v1")
    for status in ("rejected", "candidate"):
        register(store, replace(FIRST, version=status, status=status, reason=f"It was {status}."))
        promote(store, status, "kim", NOW + DAY)
        assert models(store)[status] == ("champion", f"Promoted by kim on 2026-01-02. It was {status}.")
    assert statuses(store) == {"v1": "retired", "rejected": "retired", "candidate": "champion"}


def test_the_champion_cannot_be_promoted_and_an_unknown_model_is_told_with_the_nearest(store: Engine) -> None:
    enter(store, "abcdef012345", "777777777777")
    with pytest.raises(StoreError, match="777777777777 is the champion already"):
        promote(store, "777777777777", "kim", NOW)
    with pytest.raises(StoreError, match="There is no model abcdef012354") as refused:
        model(store, "abcdef012354")
    assert refused.value.hint == "did you mean abcdef012345?"


def test_each_rollback_goes_one_champion_further_back(store: Engine) -> None:
    enter(store, "v1", "v2", "v3")
    for version in ("v2", "v1"):
        roll_back(store, champions_before(store)[0], "kim", NOW + 9 * DAY)
        assert champion(store).version == version
    assert statuses(store) == {"v1": "champion", "v2": "retired", "v3": "retired"}
    with pytest.raises(StoreError, match="no champion before"):
        champions_before(store)
    assert models(store)["v3"][1] == "Rolled back by kim on 2026-01-10. better"
    assert models(store)["v1"][1] == "Champion again, rolled back to by kim on 2026-01-10. better"


def test_what_was_rolled_back_is_not_what_the_next_champion_goes_back_to(store: Engine) -> None:
    enter(store, "v1", "v2")
    roll_back(store, champions_before(store)[0], "kim", NOW + 2 * DAY)
    register(store, replace(FIRST, version="v3", trained_at=NOW + 3 * DAY))
    assert champions_before(store)[0].version == "v1"


def test_what_is_passed_over_on_the_way_back_leaves_the_line_too(store: Engine) -> None:
    enter(store, "v1", "v2", "v3", "v4")
    roll_back(store, champions_before(store)[1], "kim", NOW + 9 * DAY)
    assert champion(store).version == "v2"
    assert [each.version for each in champions_before(store)] == ["v1"]


def test_a_rolled_back_model_can_be_promoted_again_and_then_its_predecessor_is_the_one_it_replaced(
    store: Engine,
) -> None:
    enter(store, "v1", "v2")
    roll_back(store, champions_before(store)[0], "kim", NOW + 2 * DAY)
    promote(store, "v2", "kim", NOW + 3 * DAY)
    assert champion(store).version == "v2"
    assert champions_before(store)[0].version == "v1"


def overtaken(store: Engine, other: Engine) -> None:
    """Promote v3 by a transaction that began before v2 was promoted."""
    with writing(other, snapshot=True) as connection:
        execute(connection, "model_status", version="v3")  # its snapshot is taken
        promote(store, "v2", "kim", NOW)
        execute(connection, "retire_champion", version="v3")


def test_two_promotions_at_once_leave_one_champion(store: Engine) -> None:
    """On SQLite the second waits for the first; on PostgreSQL it is told to try again."""
    enter(store, "v1")
    for version in ("v2", "v3"):
        register(store, replace(FIRST, version=version, status="candidate"))
    if store.dialect.name == "postgresql":
        other = open_engine(store.url.render_as_string(hide_password=False))
        with pytest.raises(DatabaseUnreachable):
            overtaken(store, other)
        other.dispose()
    else:
        promote(store, "v2", "kim", NOW)
    assert statuses(store) == {"v1": "retired", "v2": "champion", "v3": "candidate"}
