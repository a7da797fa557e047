"""`soc-tui import`: exported logs into a DuckDB file."""

from __future__ import annotations

import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path

from soc_tui.commands.terminal import Terminal
from soc_tui.config.paths import config_dir


def import_logs(
    files: Sequence[Path], table: str, *, database: Path | None = None, replace: bool = False
) -> None:
    """Import files into a table and say how to hunt there; types come from the catalog if known.

    Raises:
        FileImportError: a bad file, named with line and column; the database is unchanged.
        ConfigError: the user's catalog cannot be used.
    """
    from soc_tui.files import log_import
    from soc_tui.guardrails.catalog import load_catalog

    terminal = Terminal()
    target = (database or log_import.default_workspace()).expanduser()
    catalog = load_catalog(config_dir())
    try:
        report = log_import.import_logs(
            files, table, target, replace=replace, progress=terminal.progress
        )
    finally:
        terminal.end()
    terminal.write(f"note: {note}" for note in report.notes)
    terminal.write(log_import.told(report, target, dt.datetime.now(dt.UTC)))
    if catalog.table(table) is None:
        terminal.write(
            [
                f"note: {report.table} is not in the catalog, so queries on it are refused.",
                f"  Add it to {config_dir() / 'catalog.toml'}, or import it as one "
                "of: " + catalog.told,
            ]
        )
    place = shlex.quote(str(target))
    terminal.write(
        [
            f"In the app:  soc-tui --workspace {place}",
            f'Headless:    soc-tui hunt "what to look for" --workspace {place}',
        ]
    )
