"""`soc-tui import`: logs into a DuckDB file."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path

from soc_tui.commands.terminal import Terminal
from soc_tui.files.log_import import Dates, ImportOrder, default_workspace, import_logs, told


def import_into_workspace(
    files: Sequence[Path],
    table: str = "",
    *,
    database: Path | None = None,
    replace: bool = False,
    dates: Dates = "",
    time_column: str = "",
    again: bool = False,
) -> None:
    """Import files and say how to hunt there.

    Raises:
        FileImportError: a bad file, named with line and column; the database is unchanged.
        ConfigError: the user's catalog or log sources cannot be used.
    """
    terminal = Terminal()
    target = (database or default_workspace()).expanduser()
    order = ImportOrder(tuple(files), target, table, replace, dates, time_column, again)
    try:
        report = import_logs(order, progress=terminal.progress)
    finally:
        terminal.end()
    terminal.write(f"note: {note}" for note in report.notes)
    terminal.write(told(report, order.target, dt.datetime.now(dt.UTC)))
    place = shlex.quote(str(order.target))
    terminal.write(
        [
            f"In the app:  soc-tui --workspace {place}",
            f'Headless:    soc-tui hunt "what to look for" --workspace {place}',
        ]
    )
