"""What the crash tests share: processes kept warm, stores kept ready, and a count of what was compared."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from harness.children import Children
from harness.states import Expected, OwnDatabase, Scenario, States, found
from harness.stores import Store

COMPARED = "rows compared"  # counted by tests/conftest.py

Own = Callable[[str, Scenario], Store]
Same = Callable[[Store, Expected], None]


@pytest.fixture(scope="session")
def children(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    """Processes that have their imports behind them."""
    children = Children(tmp_path_factory.mktemp("children"))
    yield children
    children.close()


@pytest.fixture(scope="session")
def states(
    children: Children,
    own_postgres_database: OwnDatabase,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[States]:
    """Stores in the states that cases start from, and what uninterrupted runs make of them."""
    states = States(tmp_path_factory.mktemp("states"), children, own_postgres_database)
    yield states
    states.kept.close()


@pytest.fixture
def own(states: States, tmp_path: Path) -> Iterator[Own]:
    """A store of this test's own where a scenario starts."""
    with ExitStack() as stack:
        yield lambda database, scenario: states.copy(scenario, database, tmp_path / "store", stack)


@pytest.fixture
def same(request: pytest.FixtureRequest) -> Same:
    """Asserts that a store holds what an uninterrupted run leaves, and counts the rows."""

    def compare(store: Store, expected: Expected) -> None:
        now = found(store)
        for name, rows in expected.tables.items():
            assert now.tables[name] == rows, f"{name} differs"
            request.node.user_properties.append((COMPARED, len(rows)))
        assert now == expected

    return compare
