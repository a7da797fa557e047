"""A report as one HTML page that is safe to open: text of logs and models stays text.

Everything that the template (report.html) shows is made inert and escaped; there is no script, link
or image, and the page's own policy forbids to load or send anything. The one style is allowed by
its hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.history.reports.content import (
    OVERVIEW,
    Fact,
    finding_facts,
    hunt_facts,
    overview,
    title,
)
from soc_tui.model.finding import Evidence
from soc_tui.model.grounded import badge
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert

if TYPE_CHECKING:
    import jinja2

_FOLDER = Path(__file__).parent


def to_html(hunt: Hunt) -> str:
    """The hunt and its findings as a page in plain ASCII."""
    page = _template().render(
        hunt=hunt,
        title=title(hunt),
        facts=hunt_facts(hunt),
        headings=OVERVIEW,
        overview=overview(hunt),
        badge=badge,
        finding_facts=finding_facts,
        quoted=_quoted,
    )
    return page.encode("ascii", "xmlcharrefreplace").decode("ascii")


@functools.cache
def _template() -> jinja2.Template:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        keep_trailing_newline=True,
    )
    style = (_FOLDER / "report.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment.globals.update(style=style, style_hash=digest)
    return environment.get_template("report.html")


def _quoted(row: Evidence) -> Iterator[Fact]:
    return (Fact(cell.column, cell.text, exact=True) for cell in row.quotations)


def _shown(value: object) -> object:
    """A text as the page shows it: inert, its line breaks and tabs kept."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value  # what a macro made of such texts
    pieces = re.split(r"(\r\n|\n|\t)", value)
    return "".join(
        inert(piece) if number % 2 == 0 else piece.replace("\r", "")
        for number, piece in enumerate(pieces)
    )
