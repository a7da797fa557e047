"""Reports as files: the ending of the name says the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from soc_tui.config.files import write_private
from soc_tui.history.reports.content import selection
from soc_tui.model.errors import ConfigError
from soc_tui.model.hunt import Hunt


def _markdown(hunt: Hunt) -> str:
    from soc_tui.history.reports.markdown_and_json import to_markdown

    return to_markdown(hunt)


def _html(hunt: Hunt) -> str:
    from soc_tui.history.reports.html import to_html

    return to_html(hunt)


def _stix(hunt: Hunt) -> str:
    from soc_tui.history.reports.stix import to_stix

    return to_stix(hunt)


def _json(hunt: Hunt) -> str:
    from soc_tui.history.reports.markdown_and_json import to_json

    return to_json(hunt)


# The longer ending first: a STIX bundle is JSON too.
FORMS: Mapping[str, Callable[[Hunt], str]] = {
    ".stix.json": _stix,
    ".md": _markdown,
    ".html": _html,
    ".json": _json,
}
"""How a report is written, by the ending of its name."""


def write_report(hunt: Hunt, path: Path, finding_ids: tuple[str, ...] = ()) -> int:
    """Write a report of the hunt (0600, whole or not at all); how many findings it has. Blocks.

    An existing file is replaced.

    Args:
        finding_ids: The findings to report; all when empty.

    Raises:
        ConfigError: the ending is not known, or the file cannot be written.
    """
    form = next((FORMS[end] for end in FORMS if path.name.lower().endswith(end)), None)
    if form is None:
        raise ConfigError(
            f"{path.name} has no ending that says what to write.",
            "",
            f"End it with {', '.join(FORMS)}.",
        )
    chosen = selection(hunt, finding_ids)
    write_private(path, form(chosen).encode("utf-8", "backslashreplace"))
    return len(chosen.findings)
