from pathlib import Path

import pytest

from leadscore.errors import ConfigError
from leadscore.settings import CONFIG_VARIABLE, SECRETS_VARIABLE, load_settings

MINIMAL = '[leads]\ntable = "leads"\n'
INTO = MINIMAL + "[publish.into]\nscore = 'lead_score'\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "leadscore.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_file_is_found_in_the_working_directory_or_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, MINIMAL)
    monkeypatch.delenv(CONFIG_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert load_settings().leads.table == "leads"
    monkeypatch.chdir("/")
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "leadscore.toml"))
    assert load_settings().leads.table == "leads"


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, MINIMAL))
    assert settings.database.url == f"sqlite:///{tmp_path}/leadscore.db"
    assert settings.source_url == settings.database.url
    assert settings.models.dir == str(tmp_path / "models")
    elsewhere = load_settings(write(tmp_path, MINIMAL + '[models]\ndir = "s3://bucket/models"\n'))
    assert elsewhere.models.dir == "s3://bucket/models"


def test_what_is_written_back_has_columns_and_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(write(tmp_path, MINIMAL)).publish.into == {}
    assert load_settings(write(tmp_path, INTO)).publish.into == {"score": "lead_score"}
    elsewhere = write(tmp_path, INTO + "[database]\nsource_url = 'sqlite:///crm.db'\n")
    monkeypatch.setenv("LEADSCORE_PUBLISH__URL", "sqlite:///crm.db")
    settings = load_settings(elsewhere)
    assert (settings.publish.url, settings.publish.max_mean_shift) == (f"sqlite:///{tmp_path}/crm.db", 10)


def test_the_environment_overrides_the_file_key_by_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, MINIMAL + "[training]\nseed = 1\nfolds = 3\n")
    monkeypatch.setenv("LEADSCORE_TRAINING__SEED", "99")
    assert (load_settings(file).training.seed, load_settings(file).training.folds) == (99, 3)


def test_a_secret_may_be_a_file_named_like_its_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, secrets = write(tmp_path, MINIMAL + "[database]\nurl = 'sqlite:///here.db'\n"), tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "leadscore_database__url").write_text("postgresql://u:Geheim@host/crm\n", encoding="utf-8")
    (secrets / "of_another_service").write_text("x", encoding="utf-8")
    assert load_settings(file).database.url == f"sqlite:///{tmp_path}/here.db"
    monkeypatch.setenv(SECRETS_VARIABLE, str(secrets))
    assert load_settings(file).database.url == "postgresql://u:Geheim@host/crm"
    monkeypatch.setenv("LEADSCORE_DATABASE__URL", "postgresql://host/other")
    assert load_settings(file).database.url == "postgresql://host/other"


def test_a_misnamed_secret_and_a_folder_that_is_not_there_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(tmp_path, MINIMAL)
    monkeypatch.setenv(SECRETS_VARIABLE, str(tmp_path / "nowhere"))
    with pytest.raises(ConfigError, match="LEADSCORE_SECRETS_DIR names no folder that can be read: No such file"):
        load_settings(file)
    monkeypatch.setenv(SECRETS_VARIABLE, str(tmp_path))
    for name, told in {
        "leadscore_databse__url": "did you mean database",
        "LEADSCORE_DATABASE__URI": "mean url",
    }.items():
        (tmp_path / name).write_text("Geheim", encoding="utf-8")
        with pytest.raises(ConfigError, match=told) as refused:
            load_settings(file)
        assert "Geheim" not in str(refused.value)
        (tmp_path / name).unlink()


def test_a_cutoff_policy_takes_its_own_parameters_and_the_others_wait(tmp_path: Path) -> None:
    file = write(tmp_path, MINIMAL + "[cutoff]\npolicy = 'profit'\nwin_value = 500\ncall_cost = 20\nbeta = 2\n")
    found = load_settings(file).cutoff
    assert (found.parameters, found.shift, found.max_shift) == ({"win_value": 500, "call_cost": 20}, "adjust", 1.25)
    assert load_settings(write(tmp_path, MINIMAL)).cutoff.parameters == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[leads]\ntabel = 'x'\n", "leads.tabel; did you mean table?"),
        (MINIMAL + "[trainin]\nseed = 1\n", "trainin; did you mean training?"),
        (MINIMAL + "[training]\nseed = -1\n", "training.seed"),
        (MINIMAL + "query = 'SELECT 1'\n", "either leads.table or leads.query"),
        ("[leads]\n", "either leads.table or leads.query"),
        (MINIMAL + "timezone = 'Mars/Base'\n", "no IANA time zone"),
        ("[leads\n", "not valid TOML"),
        ('[leads]\ntable = "x\\u0000y"\n', "has a zero byte in a text"),
        ('[lead]\ntable = "leads"\n', "lead; did you mean leads?"),
        (MINIMAL + "[training]\nmaturity_days = 30\n", "maturity_days needs leads.created_at"),
        (MINIMAL + "[cutoff]\npolicy = 'f2'\n", "cutoff.policy"),
        (MINIMAL + "[cutoff]\npolicy = 'fbeta'\n", "cutoff: policy fbeta needs cutoff.beta"),
        (MINIMAL + "[cutoff]\npolicy = 'profit'\nwin_value = 500\n", "policy profit needs cutoff.call_cost"),
        (MINIMAL + "[cutoff]\nprecision = 1.1\n", "cutoff.precision"),
        (MINIMAL + "[cutoff]\nmax_shift = 1\n", "cutoff.max_shift"),
        (MINIMAL + "[cutoff]\npolicy = 'capacity'\ncalls_per_week = 9\n", "capacity needs leads.created_at"),
        (MINIMAL + "[publish]\nmax_mean_shift = 0\n", "publish.max_mean_shift"),
        (MINIMAL + "[publish]\ninto = {}\n", "name a column for at least one of score, grade, probability, scored_at"),
        (INTO + "grad = 'x'\n", "publish.into: there is no grad to write; did you mean grade?"),
        (INTO + "grade = 'lead_score'\n", "column lead_score is named twice"),
        (INTO + "grade = 'is_converted'\n", "would overwrite is_converted"),
        (INTO.replace("table", "owner = 'seller'\ntable") + "grade = 'seller'\n", "would overwrite seller"),
        (INTO.replace('table = "leads"', "query = 'SELECT 1'"), "publish.into needs leads.table"),
        (INTO + "[database]\nsource_url = 'sqlite:///crm.db'\n", "publish.into needs publish.url"),
        (MINIMAL + "[compute]\naddress = 'tls://scheduler:8786'\n", "a SQLite file is of this machine"),
        (MINIMAL + "[compute]\naddress = 'scheduler'\n", "compute.address"),
        (INTO + "[database]\nurl = 'nonsense'\n", "database URL cannot be read"),
        (MINIMAL + "[database]\nstatement_timeout_s = 0\n", "database.statement_timeout_s"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_that_names_the_key(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(write(tmp_path, text))
    assert told in refused.value.message
    assert "?." not in refused.value.message
    assert "\n" not in str(refused.value)


def test_a_misspelt_variable_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path, MINIMAL)
    monkeypatch.setenv("LEADSCORE_TRANING__SEED", "1")
    with pytest.raises(ConfigError, match="did you mean training"):
        load_settings(file)
    monkeypatch.delenv("LEADSCORE_TRANING__SEED")
    monkeypatch.setenv("LEADSCORE_TRAINING_SEED", "1")
    with pytest.raises(ConfigError, match="no section training_seed"):
        load_settings(file)
    monkeypatch.delenv("LEADSCORE_TRAINING_SEED")
    monkeypatch.setenv("LEADSCORE_LEADS__EXCLUDE", "x")
    with pytest.raises(ConfigError, match="environment cannot be read"):
        load_settings(file)
    monkeypatch.delenv("LEADSCORE_LEADS__EXCLUDE")
    monkeypatch.setenv("LEADSCORE_TRAINING__SEEED", "1")
    with pytest.raises(ConfigError, match="did you mean seed"):
        load_settings(file)


def test_a_missing_file_is_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no leadscore\.toml"):
        load_settings(tmp_path / "leadscore.toml")


def test_reports_are_left_beside_the_settings_unless_none_are_wanted(tmp_path: Path) -> None:
    file = tmp_path / "leadscore.toml"
    for written, found in {"": str(tmp_path / "reports"), '[report]\ndir = ""\n': ""}.items():
        file.write_text(f'[leads]\ntable = "leads"\n{written}', encoding="utf-8")
        assert load_settings(file).report.dir == found


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = write(tmp_path, '[leads]\ntable = "leads"\nlabell = "won"\n\n[training]\nfolds = 1\nseed = -1\n')
    with pytest.raises(ConfigError) as refused:
        load_settings(file)
    message = refused.value.message
    assert message.startswith(
        "3 things are wrong: leadscore.toml, line 3: unknown key leads.labell; did you mean label?"
    )
    assert "leadscore.toml, line 6: training.folds: " in message
    assert "leadscore.toml, line 7: training.seed: " in message
