"""Files that are far larger than what may stay in memory: a field without end, and rows without end."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.acceptance

FIELD = 1 << 30  # characters of one cell
MEMORY = 700 << 20  # bytes that an import may take: Python with its libraries has 250 MB before it reads a row
LEADSCORE = (sys.executable, "-m", "leadscore.cli")


def imported(path: Path) -> str:
    """What the import says that runs in a process of its own, which must not take more than `MEMORY` of its own."""
    command = [*LEADSCORE, "import", path.name, "--table", "leads"]
    done = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, timeout=1500, check=False, preexec_fn=limit_data
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr[-500:]
    return " ".join(done.stdout.split())


def limit_data() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))


def endless(path: Path, before: str, after: str) -> None:
    """A file with a field of a gigabyte between two texts."""
    with path.open("w", encoding="utf-8") as file:
        file.write(before)
        for _ in range(FIELD >> 20):
            file.write("x" * (1 << 20))
        file.write(after)


@pytest.mark.timeout(1600)
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_gigabyte_in_one_cell_is_set_aside_and_the_rows_around_it_are_loaded(quote: str, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    endless(path, f"lead_id,note,size\n1,fine,3\n2,{quote}", f"{quote},4\n3,fine,5\n4,fine,6\n")
    told = imported(path)
    assert "3 loaded" in told
    assert "set aside 1 rows" in told
    assert "longer than any row of leads" in told


@pytest.mark.timeout(1600)
def test_a_gigabyte_in_one_json_text_is_set_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "leads.jsonl"
    good = [json.dumps({"lead_id": n, "note": "fine"}) for n in (1, 3)]
    endless(path, f'{good[0]}\n{{"lead_id": 2, "note": "', f'"}}\n{good[1]}\n')
    assert "2 loaded" in imported(path)


@pytest.mark.timeout(1600)
def test_memory_does_not_grow_with_the_number_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("lead_id,created_at,country,is_converted\n")
        for n in range(1_500_000):
            file.write(f"{n},2025-{1 + n % 12:02d}-{1 + n % 28:02d},{('대한민국', 'مصر', 'Brasil')[n % 3]},{n % 2}\n")
    assert "1,500,000 loaded" in imported(path)
