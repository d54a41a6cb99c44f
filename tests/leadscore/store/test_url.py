"""How a database's URL is read, and that no password is told, whatever is wrong with it."""

import traceback

import pytest

from leadscore.errors import ConfigError, DatabaseUnreachable
from leadscore.settings import Settings
from leadscore.store.engine import open_engine, reading
from leadscore.store.url import DatabaseUrl, masked, parse

NOBODY_LISTENS = "postgresql://u:Gehe%40Heim@127.0.0.1:1/x"


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:Gehe@Heim9@host/db",
        "postgresql://u:Gehe@Heim9/x@host/db",
        "postgresql://u:Gehe@Heim9?x@host/db",
        "postgresql://u:Gehe@Heim9:x@host/db",
        "postgresql://u:GeheHeim9@host:port/db",
        "GeheHeim9",
        "",
    ],
)
def test_a_url_that_cannot_be_read_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse(text)
    assert not {"Gehe", "Heim9"} & set(str(refused.value).replace("@", " ").split())
    assert "Heim9" not in repr(refused.value)


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("postgresql://u:Gehe%40Heim@host/db", "Gehe@Heim"),
        ("postgresql://u:Gehe/Heim?#@host/db", "Gehe/Heim?#"),
        ("postgresql://u@server:Geheim@host/db", "Geheim"),
        ("sqlite:////home/kim@work/leads.db", None),
    ],
)
def test_a_password_may_hold_what_it_likes(text: str, password: str | None) -> None:
    assert parse(text).password == password


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:Geheim@host/db",
        "postgresql://host/db?user=u&password=Geheim",
        "postgresql://host/db?sslpassword=Geheim&sslmode=verify-full",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3DGeheim",
        "snowflake://u@account/db?token=Geheim",
    ],
)
def test_no_password_is_shown_wherever_it_stands(text: str) -> None:
    assert "Geheim" not in masked(parse(text))
    assert "Geheim" not in repr(DatabaseUrl(text))
    assert "Geheim" not in f"{Settings(leads={'table': 'leads'}, database={'url': text})!r}"


def test_a_traceback_with_locals_has_no_password() -> None:
    """Of our frames, the driver's and the exceptions behind it."""
    url = DatabaseUrl(NOBODY_LISTENS)
    with pytest.raises(DatabaseUnreachable) as lost, reading(open_engine(url)):
        pass
    said = "".join(traceback.TracebackException.from_exception(lost.value, capture_locals=True).format())
    assert "connection failed" in said
    assert "url = 'postgresql://u:***@127.0.0.1:1/x'" in said
    assert "Heim" not in said
