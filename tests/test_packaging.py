"""What a wheel holds."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
DATA = ("leadscore/**/*.toml", "leadscore/report/templates/*", "sql/**/*.sql", "examples/**/*.*", "prefect.yaml")


def test_a_wheel_has_templates_tables_and_sql(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    wanted = {str(file.relative_to(ROOT)) for pattern in DATA for file in ROOT.glob(pattern)}
    assert len(wanted) > 100
    assert wanted <= held, sorted(wanted - held)
