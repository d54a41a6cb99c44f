"""A page as one HTML file that opens offline: style, script and charts are inside, and no request leaves it."""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadscore.report.blocks import Page, order
from leadscore.report.shown import without_addresses


def html(page: Page) -> str:
    """The page. All text is escaped; only the charts, which are ours, are taken as they are."""
    templates = _templates()
    script = _file("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return templates.get_template("page.html").render(
        page=page, style=Markup(_file("page.css")), script=Markup(script), script_hash=f"sha256-{digest}"
    )


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("leadscore.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_told,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["sorting"] = lambda cell: order(cell)[2] if order(cell)[0] else order(cell)[1]
    templates.filters["drawing"] = Markup
    return templates


def _told(value: object) -> object:
    """Whatever a template shows, without an e-mail address that came as the name of something."""
    return without_addresses(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _file(name: str) -> str:
    loader = _templates().loader
    assert loader is not None
    return loader.get_source(_templates(), name)[0]
