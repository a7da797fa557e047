"""The formats of a report. A new one is a module that writes it, and an entry here.

The command line, the dialog and the error about an unknown ending all read this list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.model.hunt import Hunt


def _html(hunt: Hunt) -> str:
    from soc_tui.history.reports.html import to_html

    return to_html(hunt)


def _stix(hunt: Hunt) -> str:
    from soc_tui.history.reports.stix import to_stix

    return to_stix(hunt)


def _markdown(hunt: Hunt) -> str:
    from soc_tui.history.reports.markdown_and_json import to_markdown

    return to_markdown(hunt)


def _json(hunt: Hunt) -> str:
    from soc_tui.history.reports.markdown_and_json import to_json

    return to_json(hunt)


def _navigator(hunt: Hunt) -> str:
    from soc_tui.history.reports.navigator import to_navigator

    return to_navigator(hunt)


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a report.

    Attributes:
        name: As the command line takes it.
        ending: Of the names of its files.
        key: Chooses it in the dialog.
        about: What it is and what it is for.
        text: The whole report. Imports what it needs when it is called.
    """

    name: str
    ending: str
    key: str
    about: str
    text: Callable[[Hunt], str]


FORMATS = (
    Format("html", ".html", "h", "HTML: one self-contained page, no scripts", _html),
    Format("stix", ".stix.json", "s", "STIX 2.1: for a threat intelligence platform", _stix),
    Format("navigator", ".navigator.json", "a", "ATT&CK Navigator layer", _navigator),
    Format("markdown", ".md", "m", "Markdown: for a ticket or wiki", _markdown),
    Format("json", ".json", "j", "JSON: everything recorded, for other tools", _json),
)


def format_of(file_name: str) -> Format | None:
    """The format that the ending of a file's name asks for, the longest that fits."""
    fitting = [one for one in FORMATS if file_name.lower().endswith(one.ending)]
    return max(fitting, key=lambda one: len(one.ending), default=None)


def format_named(name: str) -> Format | None:
    """The format that the command line calls so."""
    return next((one for one in FORMATS if one.name == name.lower()), None)
