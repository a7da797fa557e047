"""Reads the actual columns of each table with `getschema`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

from soc_tui.kql.text.literals import identifier
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import QueryError
from soc_tui.workspaces import Workspace

_AT_ONCE = 4


async def real_schema(
    workspace: Workspace,
    tables: Iterable[str],
    *,
    progress: Callable[[str, float], None] | None = None,
) -> Mapping[str, tuple[Column, ...]]:
    """The tables of the workspace; those in `tables` with the columns that `getschema` gives.

    A workspace's own list of columns may lag behind its tables, or hold what a solution has not
    filled yet. A table that refuses the query (as some table plans do) keeps its listed columns.

    Raises:
        WorkspaceError: the workspace does not answer.
    """
    listed = await workspace.schema()
    wanted = [name for name in tables if name in listed]
    gate = asyncio.Semaphore(_AT_ONCE)
    done = 0

    async def columns(name: str) -> tuple[Column, ...]:
        nonlocal done
        async with gate:
            found = await _columns(workspace, name) or listed[name]
        done += 1
        if progress is not None:
            progress(f"Reading the schema of {name}", done / len(wanted))
        return found

    try:
        async with asyncio.TaskGroup() as group:
            tasks = {name: group.create_task(columns(name)) for name in wanted}
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    return {**listed, **{name: task.result() for name, task in tasks.items()}}


async def _columns(workspace: Workspace, table: str) -> tuple[Column, ...]:
    """Columns by `getschema`: https://learn.microsoft.com/kusto/query/getschema-operator"""
    try:
        rows = await workspace.query(f"{identifier(table)} | getschema")
    except QueryError:
        return ()
    if not {"ColumnName", "ColumnType"} <= set(rows.column_names):
        return ()
    names = rows.table.column("ColumnName").to_pylist()
    types = rows.table.column("ColumnType").to_pylist()
    return tuple(
        Column(name, KqlType.named(kind) or KqlType.STRING)
        for name, kind in zip(names, types, strict=True)
    )
