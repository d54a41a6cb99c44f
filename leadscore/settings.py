"""The settings: ``leadscore.toml``, every key overridable by ``LEADSCORE_<SECTION>__<KEY>``, read once.

Such a variable may be a file as well, in the folder that ``LEADSCORE_SECRETS_DIR`` names; the environment comes first.

This is the only module that reads the environment.
"""

import getpass
import json
import os
import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from pydantic import ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from leadscore.errors import ConfigError, meant
from leadscore.sections import (
    Compute,
    CutoffSettings,
    Database,
    Features,
    Gate,
    Leads,
    Models,
    Monitoring,
    Publish,
    Report,
    Retention,
    Schedule,
    Scoring,
    Training,
    Validation,
)
from leadscore.store.engine import same_database
from leadscore.store.url import DatabaseUrl, parse
from leadscore.toml_lines import line_of

PREFIX = "LEADSCORE_"
CONFIG_VARIABLE = "LEADSCORE_CONFIG"
SECRETS_VARIABLE = "LEADSCORE_SECRETS_DIR"  # a folder of files, each named like a variable: what it holds is a setting
OF_TESTS = ("LEADSCORE_TEST_POSTGRES_URL", "LEADSCORE_REQUIRE_BROWSER")
NO_SETTINGS = (CONFIG_VARIABLE, SECRETS_VARIABLE, *OF_TESTS)
DEFAULT_FILE = "leadscore.toml"

# What the libraries below need to hear before they are imported, unless the user said otherwise.
LIBRARY_DEFAULTS = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # its first start migrates a database for 25 s
    "OMP_WAIT_POLICY": "PASSIVE",  # threads that spin while they wait take thirty times as long on a busy machine
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # its own keeps what it freed: 30 to 60 MB a process that scores
    "MALLOC_MMAP_THRESHOLD_": "1000000",  # glibc gives back what is larger: 0.2 GiB in three processes
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:500,muzzy_decay_ms:0",  # Polars gives back what it freed, not 10 s later
}

THREAD_VARIABLES = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

TERMINAL_DEFAULTS = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_LOGGING_ROOT_LEVEL": "ERROR"}


class Settings(BaseSettings):
    """All settings, checked. The environment overrides the file."""

    model_config = SettingsConfigDict(extra="forbid", frozen=True, env_prefix=PREFIX, env_nested_delimiter="__")

    database: Database = Database()
    leads: Leads
    features: Features = Features()
    validation: Validation = Validation()
    training: Training = Training()
    cutoff: CutoffSettings = CutoffSettings()
    scoring: Scoring = Scoring()
    publish: Publish = Publish()
    gate: Gate = Gate()
    monitoring: Monitoring = Monitoring()
    schedule: Schedule = Schedule()
    models: Models = Models()
    report: Report = Report()
    retention: Retention = Retention()
    compute: Compute = Compute()

    @model_validator(mode="after")
    def _maturity_needs_times(self) -> Self:
        if self.training.maturity_days is not None and self.leads.created_at is None:
            raise ValueError("training.maturity_days needs leads.created_at")
        return self

    @model_validator(mode="after")
    def _capacity_needs_times(self) -> Self:
        if self.cutoff.policy == "capacity" and self.leads.created_at is None:
            raise ValueError("cutoff.policy capacity needs leads.created_at, to know how many leads come in a week")
        return self

    @model_validator(mode="after")
    def _write_back_has_a_place(self) -> Self:
        if not self.publish.into:
            return self
        if self.leads.table is None:
            raise ValueError("publish.into needs leads.table: a query cannot be written to")
        if self.publish.url is None and not same_database(self.source_url, self.database.url):
            raise ValueError("publish.into needs publish.url, since the leads are not in the database of the scores")
        taken = {*self.leads.roles, self.leads.account, self.leads.owner}
        if column := next((column for column in self.publish.into.values() if column in taken), None):
            raise ValueError(f"publish.into would overwrite {column}, which describes the lead itself")
        return self

    @model_validator(mode="after")
    def _workers_reach_the_databases(self) -> Self:
        address, urls = self.compute.address, (self.database.url, self.source_url)
        elsewhere = address is not None and not re.match(r"\w+://(127\.|localhost\b|\[::1\])", address)
        if elsewhere and any(parse(url).get_backend_name() == "sqlite" for url in urls):
            raise ValueError(
                "compute.address names workers of other machines, but a SQLite file is of this machine: use PostgreSQL"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = os.environ.get(SECRETS_VARIABLE)
        files = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=folder, secrets_dir_missing="error")
        return env_settings, files, init_settings

    @property
    def source_url(self) -> str:
        return self.database.source_url or self.database.url


def set_library_defaults(*, on_terminal: bool = False) -> None:
    """Tell Prefect and Great Expectations our defaults; on a terminal our own lines take the place of Prefect's log."""
    for name, text in (LIBRARY_DEFAULTS | (TERMINAL_DEFAULTS if on_terminal else {})).items():
        os.environ.setdefault(name, text)


@contextmanager
def threads_of_children(n: int) -> Iterator[None]:
    """Have the processes that are started inside use ``n`` threads each: the libraries ask when they are imported."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, str(n)))
    try:
        yield
    finally:
        for name, text in before.items():
            if text is None:
                del os.environ[name]
            else:
                os.environ[name] = text


def login() -> str:
    """Who is at work, as the operating system calls them."""
    return getpass.getuser()


def config_path() -> Path:
    """Where the settings are: LEADSCORE_CONFIG, else leadscore.toml in the working directory."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_FILE).absolute()


def use_config(path: Path) -> None:
    """Make ``path`` the settings of this process and of those that it starts."""
    os.environ[CONFIG_VARIABLE] = str(path.absolute())


def tell_processes(**variables: str) -> None:
    """Set variables of the environment for the processes that are started from here."""
    os.environ.update(variables)


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings at ``path`` (default: `config_path`). Raises ConfigError in one sentence."""
    path = path or config_path()
    document = _read(path)
    _refuse_unknown_variables(os.environ, "The environment sets")
    _refuse_unknown_variables(_secret_files(), f"{SECRETS_VARIABLE} has a file")
    try:
        settings = Settings(**document)
    except ValidationError as error:
        unknown_first = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        text = path.read_text(encoding="utf-8")
        wrong = [f"{_place(path.name, text, each['loc'])}: {_sentence(each)}" for each in unknown_first]
        told = wrong[0] if len(wrong) == 1 else f"{len(wrong)} things are wrong: {'; '.join(wrong)}"
        raise ConfigError(told if told.endswith("?") else f"{told}.", "docs/configure.md lists every key.") from None
    except SettingsError as error:
        raise ConfigError(
            f"The environment cannot be read: {error}.", 'write lists and tables as JSON, for instance ["x"].'
        ) from None
    return _anchored(settings, path.parent)


def _read(path: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no {path.name} in {path.parent}.",
            f"`leadscore init` writes one; {CONFIG_VARIABLE} names another.",
        ) from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", f"name a file by {CONFIG_VARIABLE}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name} is not valid TOML: {error}.", "mend the line it names.") from None
    if r"\u0000" in json.dumps(document, default=str):
        raise ConfigError(f"{path.name} has a zero byte in a text.", r"take out \u0000: no database has such a name.")
    return document


def overridden() -> set[tuple[str, ...]]:
    """The paths of the settings that a variable or a file of secrets sets, whatever leadscore.toml says."""
    names = (name.upper() for name in [*os.environ, *_secret_files()])
    return {tuple(name.removeprefix(PREFIX).lower().split("__")) for name in names if name.startswith(PREFIX)}


def _secret_files() -> list[str]:
    """The names of the files that may hold settings. Raises ConfigError if their folder cannot be read."""
    folder = os.environ.get(SECRETS_VARIABLE)
    try:
        return os.listdir(folder) if folder else []
    except OSError as error:
        raise ConfigError(
            f"{SECRETS_VARIABLE} names no folder that can be read: {error.strerror}.", "name another."
        ) from None


def _refuse_unknown_variables(names: Iterable[str], told: str) -> None:
    for name in names:
        section = name.upper().removeprefix(PREFIX).partition("__")[0].lower()
        if name.upper().startswith(PREFIX) and name not in NO_SETTINGS and section not in Settings.model_fields:
            raise ConfigError(
                f"{told} {name}, but there is no section {section}.",
                f"variables are {PREFIX}<SECTION>__<KEY>; {meant(section, Settings.model_fields)}",
            )


def _place(file: str, text: str, keys: tuple[int | str, ...]) -> str:
    """Where a setting is: the line of the file that has it, else somewhere in the file or in the environment."""
    line = line_of(text, [str(key) for key in keys])
    return f"{file}, line {line}" if line else f"{file} or the environment"


def _sentence(error: ErrorDetails) -> str:
    """One pydantic error in words: which key, what is wrong, which key was meant."""
    *parents, key = [str(part) for part in error["loc"]] or ["settings"]
    where = ".".join([*parents, key])
    if error["type"] == "extra_forbidden":
        section: Any = Settings.model_fields[parents[0]].annotation if parents else Settings
        return f"unknown key {where}; {meant(key, section.model_fields).rstrip('.')}"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _anchored(settings: Settings, folder: Path) -> Settings:
    """The same settings with relative SQLite paths, tables and the model folder starting at ``folder``."""
    database = settings.database.model_copy(
        update={
            "url": anchored_url(settings.database.url, folder),
            "source_url": settings.database.source_url and anchored_url(settings.database.source_url, folder),
        }
    )
    publish = settings.publish.model_copy(
        update={"url": settings.publish.url and anchored_url(settings.publish.url, folder)}
    )
    tables = settings.features.tables
    features = settings.features.model_copy(update={"tables": tables and str(folder / tables)})
    models = settings.models.model_copy(update={"dir": _anchored_folder(settings.models.dir, folder)})
    reports = settings.report.dir and _anchored_folder(settings.report.dir, folder)
    report = settings.report.model_copy(update={"dir": reports})
    moved = {"database": database, "features": features, "publish": publish, "models": models, "report": report}
    return settings.model_copy(update=moved)


def _anchored_folder(text: str, folder: Path) -> str:
    return text if "://" in text else str(folder / text)


def anchored_url(text: str, folder: Path) -> DatabaseUrl:
    """The URL ``text``, the relative path of a SQLite file in it starting at ``folder``."""
    url = parse(text)
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return DatabaseUrl(text)
    return DatabaseUrl(url.set(database=str(folder / str(url.database))).render_as_string(hide_password=False))
