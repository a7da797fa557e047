"""The receipt of a query: what its tables hold in its time window, and which rows are whose."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from soc_tui.model.errors import SocError
from soc_tui.model.receipt import Extent, Receipt, TableReceipt
from soc_tui.model.row_sources import RowSources, TableWindow
from soc_tui.model.rows import Rows
from soc_tui.workspaces import Workspace

_SECONDS = 20.0
"""Longest that a receipt is waited for; what is not known by then is said to be so."""


async def receipt(
    workspace: Workspace, rows: Rows, sources: RowSources, now: dt.datetime
) -> Receipt:
    """What the query covered. Asks the workspace for a few figures of each table; fails never."""
    held = await _held(workspace, [table for table in sources.reads if not table.elsewhere])
    return await asyncio.to_thread(_made, rows, sources, held, now)


async def _held(workspace: Workspace, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
    if not tables:
        return {}
    try:
        async with asyncio.timeout(_SECONDS):
            return await workspace.extents(tables)
    except TimeoutError:
        why = f"no answer within {_SECONDS:.0f} s"
    except SocError as error:
        why = error.what.rstrip(".")
    return {table.name: Extent(why_unknown=why) for table in tables}


def _made(rows: Rows, sources: RowSources, held: Mapping[str, Extent], now: dt.datetime) -> Receipt:
    counts, unknown = _counts(rows, sources)
    return Receipt(
        tuple(
            TableReceipt(
                table.name,
                _extent(table, held),
                beside=table.beside,
                rows=None if table.beside else _rows(counts.get(table.name, 0), unknown),
            )
            for table in sources.reads
        ),
        at=now,
        rows=rows.count,
        rows_unknown=unknown,
        summarised=sources.summarised,
    )


def _rows(count: int, unknown: int) -> int | None:
    """Rows of a table; not known where none is surely its own and some are of unknown tables."""
    return None if unknown and not count else count


def _extent(table: TableWindow, held: Mapping[str, Extent]) -> Extent:
    if table.elsewhere:
        found = Extent(why_unknown="it is in another workspace")
    else:
        found = held.get(table.name, Extent())
    return replace(found, since=table.since, until=table.until)


def _counts(rows: Rows, sources: RowSources) -> tuple[Mapping[str, int], int]:
    """Rows of each table, and rows whose table cannot be told."""
    if not rows.count:
        return {}, 0
    from soc_tui.rows.row_tables import origin_of

    origin = origin_of(rows, sources)
    return origin.counts, origin.unknown


def within(sources: RowSources, since: dt.datetime) -> RowSources:
    """With no window that begins earlier: the workspace is asked for nothing older."""
    reads = tuple(replace(table, since=max(table.since or since, since)) for table in sources.reads)
    return replace(sources, reads=reads)
