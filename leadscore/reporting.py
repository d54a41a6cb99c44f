"""The report of a night: made from the store, and left where people open it."""

import re
from datetime import datetime
from pathlib import Path

from fsspec.core import url_to_fs
from sqlalchemy import Engine

from leadscore.errors import ConfigError
from leadscore.report.blocks import Page
from leadscore.report.html import html
from leadscore.report.night import night_page
from leadscore.sections import Report
from leadscore.settings import Settings
from leadscore.store.published import up_to_date
from leadscore.store.told import ToldNight, told_night

NEWEST = "newest.html"
OURS = re.compile(r"\d{4}-\d\d-\d\dT\d{4}\.html")  # the report of a night; no other file is ever removed


def report_html(settings: Settings, now: datetime) -> str:
    """The report on the present scores of the store. Raises StoreError if no run has been there."""
    with up_to_date(settings.database.url) as store:
        return html(night_page(told_night(store, settings.report.queue), now))


def keep_report(store: Engine, settings: Report, now: datetime, told: ToldNight | None = None) -> Page:
    """Write the report into the folder of the reports, under the night's name and as the newest; return the page.

    What is ``told`` is read from the store unless whoever published the night has read it.
    """
    told = told or told_night(store, settings.queue)
    page = night_page(told, now)
    if settings.dir and told.night:
        files, folder = url_to_fs(settings.dir)
        files.makedirs(folder, exist_ok=True)
        content = html(page).encode()
        for name in (f"{told.night.as_of:%Y-%m-%dT%H%M}.html", NEWEST):
            files.pipe_file(f"{folder}/{name}", content)
        nights = sorted(path for path in files.ls(folder, detail=False) if OURS.fullmatch(path.rpartition("/")[2]))
        for path in nights[: -settings.keep]:
            files.rm_file(path)
    return page


def write(file: Path, content: str) -> None:
    """Write a page where a person asked for it. Raises ConfigError where that cannot be."""
    try:
        file.write_text(content, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be written: {error.strerror}.", "name a file in a folder that is there."
        ) from None
