"""The URL of a database: how it is read, and how it is shown, which is without its password."""

import re

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from leadscore.errors import ConfigError

SECRET = re.compile(r"pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)  # names of parameters
HIDDEN = "***"


class DatabaseUrl(str):
    """A URL as it is written, whose password is in no `repr`: settings get into logs, and locals into tracebacks."""

    __slots__ = ()

    def __repr__(self) -> str:
        return repr(masked(make_url(self)))


def parse(text: str) -> URL:
    """The URL that ``text`` is. Raises ConfigError, which tells nothing of it: a part may be one of the password."""
    try:
        url = make_url(text)
    except ArgumentError:
        raise ConfigError(
            "The database URL cannot be read.",
            "write it as dialect://user:password@host/name, or sqlite:///file.db.",
        ) from None
    except ValueError:
        raise ConfigError("The port in the database URL is no number.", "a : in a password is written %3A.") from None
    if url.password and text.partition("://")[2].partition(":")[2].count("@") > 1:
        raise ConfigError(
            "The database URL has an @ too many: where its password ends cannot be told.",
            "an @ in a password is written %40, a / is %2F, a : is %3A, a % is %25.",
        )
    return url


def checked(text: str) -> DatabaseUrl:
    """``text``, which `parse` reads."""
    parse(text)
    return DatabaseUrl(text)


def masked(url: URL) -> str:
    """``url`` without its password, wherever that stands."""
    hidden = url.update_query_dict({name: HIDDEN for name in url.query if SECRET.search(name)})
    return hidden.render_as_string(hide_password=True)
