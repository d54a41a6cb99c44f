"""The rules of the design that a machine can keep."""

import ast
import importlib.util
import re
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
FRONT_DOOR = ROOT / "leadscore/cli.py"
SQL_WORDS = re.compile(
    r"^\s*(SELECT|INSERT INTO|UPDATE \w+ SET|DELETE FROM|CREATE (TABLE|VIEW|INDEX)|DROP|ALTER)\b", re.I
)
EXECUTING = {"pickle", "cPickle", "joblib", "cloudpickle", "dill", "shelve", "marshal"}


def modules(*parts: str) -> list[Path]:
    """Of the product, or of these parts of it."""
    found = [path for part in parts or ("leadscore", "tasks", "flows") for path in sorted((ROOT / part).rglob("*.py"))]
    assert found, f"no modules in {parts}"
    return found


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module or "")
    return names


def packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}


def strings(path: Path) -> list[str]:
    return [node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def importing(paths: list[Path], names: set[str]) -> list[Path]:
    """Which of the modules import one of the packages."""
    return [path for path in paths if packages(path) & names]


def test_the_library_does_not_know_prefect() -> None:
    assert set(importing(modules("leadscore"), {"prefect", "tasks", "flows"})) <= {FRONT_DOOR}


def test_the_front_door_imports_flows_only_where_a_command_needs_them() -> None:
    tree = ast.parse(FRONT_DOOR.read_text(encoding="utf-8"))
    at_the_top = {node.module for node in tree.body if isinstance(node, ast.ImportFrom)}
    assert not {name for name in at_the_top if name and name.split(".")[0] in {"prefect", "tasks", "flows"}}


def test_flows_hold_no_sql_and_no_polars() -> None:
    assert importing(modules("flows"), {"polars", "sqlalchemy", "pandas", "numpy"}) == []


def test_sql_is_only_in_sql_files() -> None:
    assert [(path, text) for path in modules() for text in strings(path) if SQL_WORDS.match(text)] == []


def test_only_settings_reads_the_environment() -> None:
    plain = {path: re.sub(r'"""[\s\S]*?"""|#.*', "", path.read_text(encoding="utf-8")) for path in modules()}
    reading = [path for path, text in plain.items() if "environ" in text or "getenv" in text]
    assert reading == [ROOT / "leadscore/settings.py"]


def test_nothing_executes_on_load_and_adbc_never_opens_sqlite() -> None:
    assert importing(modules(), {*EXECUTING, "adbc_driver_sqlite"}) == []
    assert [path for path in modules() if 'engine="adbc"' in path.read_text(encoding="utf-8")] == []


def test_great_expectations_and_pandas_meet_in_one_place() -> None:
    converting = [path.name for path in modules("leadscore") if ".to_pandas(" in path.read_text(encoding="utf-8")]
    assert converting == ["suite.py"]


def test_a_sql_file_has_a_comment_on_top_and_one_statement() -> None:
    """The body of a DO block is one string."""
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "sql").rglob("*.sql")}
    assert [path for path, text in texts.items() if not text.startswith("-- ")] == []
    bare = {path: re.sub(r"\$\$[\s\S]*?\$\$|'[^']*'|--.*", "", text) for path, text in texts.items()}
    assert [path for path, text in bare.items() if ";" in text] == []


def test_what_postgresql_wants_otherwise_serves_the_same_purpose() -> None:
    for path in (ROOT / "sql").rglob("postgresql/*.sql"):
        files = [path, path.parents[1] / path.name]  # some are for PostgreSQL alone
        assert len({file.read_text(encoding="utf-8").splitlines()[0] for file in files if file.is_file()}) == 1, path


def test_every_query_is_asked() -> None:
    """By its name as a whole, or with the last word put in: ``f"clear_staged_{what}"``."""
    every = [node for path in modules("leadscore") for node in nodes(path)]
    whole = {node.value for node in every if isinstance(node, ast.Constant)}
    begun = {str(node.values[0].value) for node in every if isinstance(node, ast.JoinedStr) and is_begun(node)}
    there = {path.stem for path in (ROOT / "sql/queries").rglob("*.sql")}
    assert [name for name in sorted(there) if name not in whole and not name.startswith(tuple(begun))] == []


def is_begun(node: ast.JoinedStr) -> bool:
    first = node.values[0]
    return isinstance(first, ast.Constant) and bool(re.fullmatch(r"[a-z]+(_[a-z]+)*_", str(first.value)))


def test_every_entrypoint_of_prefect_yaml_loads() -> None:
    deployments = yaml.safe_load((ROOT / "prefect.yaml").read_text(encoding="utf-8"))["deployments"]
    assert {(d["entrypoint"], d["name"]) for d in deployments} == {
        ("flows/score.py:score", "nightly"),
        ("flows/retrain.py:retrain", "weekly"),
    }
    for deployment in deployments:
        file, name = deployment["entrypoint"].split(":")
        spec = importlib.util.spec_from_file_location(Path(file).stem, ROOT / file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert getattr(module, name).name == name
        assert all(schedule["timezone"] and schedule["slug"] for schedule in deployment["schedules"])
        assert "concurrency_limit" not in deployment


def test_a_flow_reads_like_a_table_of_contents() -> None:
    for path in modules("flows"):
        for node in nodes(path):
            assert not isinstance(node, ast.ClassDef), "Prefect loads a flow file as a module of its own"
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                assert node.end_lineno - node.lineno <= 25
