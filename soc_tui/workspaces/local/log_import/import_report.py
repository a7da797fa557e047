"""What an import did."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.model.catalog import Column

if TYPE_CHECKING:
    from soc_tui.workspaces.local.log_import.store import Stored


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        tables: Those that got rows, the most rows first.
        files: Those that were read.
        notes: What was changed on the way, and what was left out, as shown.
    """

    tables: tuple[Stored, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows added, over all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the table with the most new rows, after the import, with their KQL types."""
        return self.tables[0].columns if self.tables else ()

    @property
    def table(self) -> str:
        """The table with the most new rows; empty where there are none."""
        return self.tables[0].table if self.tables else ""

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime] | None:
        """First and last time in these tables after the import, UTC; None where none has times."""
        spans = [table.span for table in self.tables if table.span is not None]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)
