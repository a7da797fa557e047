"""`soc-tui audit`: the log of what was run, sent, exported and set."""

from __future__ import annotations

import json
from pathlib import Path

from soc_tui.commands.terminal import Terminal
from soc_tui.config import audit_log
from soc_tui.config.files import write_private

_SHOWN = 50
_MOST_CHARS = 200


def show(most: int = _SHOWN) -> None:
    """Print the newest entries, a line each, oldest first. Raises ConfigError."""
    newest = [line for _, line in audit_log.lines()][-most:]
    Terminal().write(_line(line) for line in newest)


def verify() -> bool:
    """Print whether the chain holds, and where it does not. Raises ConfigError."""
    found = audit_log.verify()
    terminal = Terminal()
    if found.broken:
        terminal.write([f"BROKEN at {found.broken}. {found.entries:,} entries before it hold."])
        return False
    terminal.write([f"{found.entries:,} entries hold. Last hash: {found.last}"])
    return True


def export(path: Path) -> None:
    """Write all entries as JSON lines into one file. Raises ConfigError."""
    entries = [line for _, line in audit_log.lines()]
    write_private(path, "".join(f"{line}\n" for line in entries).encode())
    audit_log.record("export", {"of": "audit log", "to": str(path), "entries": len(entries)})
    Terminal().tell([f"{len(entries):,} entries are in {path}."])


def _line(line: str) -> str:
    try:
        entry = json.loads(line)
        head = f"{entry.pop('at')[:19]} {entry.pop('who')} {entry.pop('what')}"
    except (ValueError, LookupError, AttributeError, TypeError):
        return f"(no entry) {line[:_MOST_CHARS]}"
    for name in ("before", "hash", "host"):
        entry.pop(name, None)
    told = ", ".join(f"{name}: {' '.join(str(value).split())}" for name, value in entry.items())
    return f"{head}  {told}"[:_MOST_CHARS]
