"""What a Log Analytics workspace holds of some tables: one short query each."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from soc_tui.kql.text.literals import identifier
from soc_tui.model.catalog import Column
from soc_tui.model.errors import QueryError, WorkspaceError
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.rows import Rows

_AT_ONCE = 4
"""Of the five queries that the service runs for one user at a time.

Source: https://learn.microsoft.com/azure/azure-monitor/service-limits
"""
_SECONDS = 15.0
_TIME = "TimeGenerated"
"""Every table of the service has it."""


class Asked(Protocol):
    """The part of a workspace that is needed."""

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Run a query."""

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """The tables that exist."""


async def extents(
    workspace: Asked, tables: Sequence[TableWindow], seconds: float = _SECONDS
) -> dict[str, Extent]:
    """What there is of each table. What is not known after so many seconds is said to be so."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def ask(table: TableWindow) -> Extent:
        async with slots:
            try:
                async with asyncio.timeout(seconds):
                    return read_extent(await workspace.query(extent_kql(table), max_rows=1), table)
            except TimeoutError:
                return Extent(why_unknown=f"no answer within {seconds:.0f} s")
            except QueryError as error:
                return await _if_missing(workspace, table.name, error, seconds)
            except WorkspaceError as error:
                return Extent(why_unknown=error.what.rstrip("."))

    found = await asyncio.gather(*map(ask, tables))
    return {table.name: extent for table, extent in zip(tables, found, strict=True)}


async def _if_missing(workspace: Asked, name: str, error: QueryError, seconds: float) -> Extent:
    """A rejected query says that there is no such table only where the metadata says so too."""
    try:
        async with asyncio.timeout(seconds):
            there = await workspace.schema()
    except (TimeoutError, WorkspaceError):
        return Extent(why_unknown=error.what.rstrip("."))
    known = name in there
    return Extent(True, why_unknown=error.what.rstrip(".")) if known else Extent(False)


def extent_kql(table: TableWindow) -> str:
    """One row: all rows, the times of the first and the last, and how many are in the window."""
    tests = [
        f"{_TIME} {sign} {_literal(moment)}"
        for sign, moment in ((">=", table.since), ("<=", table.until))
        if moment is not None
    ]
    inside = f"countif({' and '.join(tests)})" if tests else "count()"
    return (
        f"{identifier(table.name)} | summarize Rows = count(), Oldest = min({_TIME}),"
        f" Newest = max({_TIME}), InWindow = {inside}"
    )


def _literal(moment: dt.datetime) -> str:
    return f"datetime({moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat()}Z)"


def read_extent(rows: Rows, table: TableWindow) -> Extent:
    """The extent in the answer to `extent_kql`."""
    if rows.partial or rows.count != 1:
        return Extent(why_unknown="the workspace did not answer in full")
    found = rows.table.to_pylist()[0]
    inside = found["InWindow"] if table.known else None
    why = "" if table.known else "its time range cannot be read from the query"
    return Extent(True, found["Rows"], found["Oldest"], found["Newest"], inside, why)
