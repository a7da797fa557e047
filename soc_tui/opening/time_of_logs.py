"""The time of imported logs: what it counts from, and which column of a table tells it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from soc_tui.config.settings import Settings, merged
from soc_tui.opening.workspace_kinds import kind_of
from soc_tui.workspaces.local.kind import LOCAL, LocalSettings

if TYPE_CHECKING:
    from soc_tui.workspaces.local.time_of_tables import TableTime

CLOCK = "workspace.clock"


def imported(settings: Settings) -> Path | None:
    """The file of imported logs that is open; None where it is something else."""
    return settings.workspace.file if kind_of(settings.workspace) is LOCAL else None


def clock(settings: Settings) -> Literal["logs", "wall"]:
    """What time counts from: the end of the logs, or now."""
    return settings.workspace.own(LocalSettings).clock


def other_clock(settings: Settings) -> Settings:
    """The settings with the other clock."""
    other = "wall" if clock(settings) == "logs" else "logs"
    return merged(settings, {"workspace": {"clock": other}}, "the clock")


async def times_of(file: Path) -> tuple[TableTime, ...]:
    """The tables that have more than one column of times. Raises FileImportError."""
    from soc_tui.workspaces.local.time_of_tables import read_times

    return await asyncio.to_thread(read_times, file)


async def take_column(file: Path, table: str, column: str) -> int:
    """Take another column for a table's time; how many rows have none. Raises FileImportError."""
    from soc_tui.workspaces.local.time_of_tables import take_time

    return await asyncio.to_thread(take_time, file, table, column)
