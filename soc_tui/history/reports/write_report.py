"""Reports as texts and as files."""

from __future__ import annotations

from pathlib import Path

from soc_tui.config.audit_log import record
from soc_tui.config.files import write_private
from soc_tui.history.reports.content import selection
from soc_tui.history.reports.formats import FORMATS, Format, format_named, format_of
from soc_tui.model.errors import ConfigError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert


def write_report(hunt: Hunt, path: Path, finding_ids: tuple[str, ...] = (), form: str = "") -> int:
    """Write a report of the hunt (0600, whole or not at all); how many findings it has. Blocks.

    An existing file is replaced.

    Args:
        finding_ids: The findings to report; all when empty.
        form: Name of its format; empty when the ending of the path says it.

    Raises:
        ConfigError: the format is not known, or the file cannot be written.
    """
    chosen = selection(hunt, finding_ids)
    text = (_named(form) if form else _ending(path)).text(chosen)
    write_private(path, text.encode("utf-8", "backslashreplace"))
    record("export", {"of": "report", "hunt": hunt.id, "to": str(path)})
    return len(chosen.findings)


def report_text(hunt: Hunt, form: str, finding_ids: tuple[str, ...] = ()) -> str:
    """A report in the format of this name. Raises ConfigError when there is none."""
    return _named(form).text(selection(hunt, finding_ids))


def _named(form: str) -> Format:
    found = format_named(form)
    if found is None:
        known = ", ".join(one.name for one in FORMATS)
        raise ConfigError(f"There is no format {inert(form, 40)}.", "", f"Known: {known}.")
    return found


def _ending(path: Path) -> Format:
    found = format_of(path.name)
    if found is None:
        endings = ", ".join(one.ending for one in FORMATS)
        raise ConfigError(
            f"{path.name} has no known file extension.",
            "",
            f"End it with {endings}, or name a format.",
        )
    return found
