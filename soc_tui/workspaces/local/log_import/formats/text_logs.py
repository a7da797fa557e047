"""Logs in lines: Zeek, IIS, auditd, and what syslog carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from soc_tui.workspaces.local.log_import.file_kinds import FileKind
from soc_tui.workspaces.local.log_import.formats import auditd, headed, syslog
from soc_tui.workspaces.local.log_import.normalise.expressions import Event

_READERS: Mapping[FileKind, Callable[[Path, Path, list[str]], Iterator[tuple[str, Event]]]] = {
    FileKind.AUDITD: auditd.read_events,
    FileKind.LINES: syslog.read_events,
    FileKind.W3C: headed.read_w3c,
    FileKind.ZEEK: headed.read_zeek,
}


def read_events(
    kind: FileKind, text: Path, original: Path, notes: list[str]
) -> Iterator[tuple[str, Event]]:
    """The events of a file in UTF-8, each with what it is.

    Raises:
        FileImportError: the file is not what its first lines say.
    """
    return _READERS[kind](text, original, notes)
