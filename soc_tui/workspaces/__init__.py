"""Workspaces: where the logs are. All implement the `Workspace` protocol."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from soc_tui.model.catalog import Column
from soc_tui.model.receipt import Extent
from soc_tui.model.row_sources import TableWindow
from soc_tui.model.rows import Rows


@runtime_checkable
class OnThisMachine(Protocol):
    """A workspace whose queries cost nothing and leave no trace elsewhere."""

    on_this_machine: bool


@runtime_checkable
class OfThePast(Protocol):
    """A workspace of logs that came to an end."""

    async def end_of_logs(self) -> dt.datetime | None:
        """When they ended, UTC; None where that is not known. Raises WorkspaceError."""
        ...


class Workspace(Protocol):
    """Answers KQL with rows. All methods are coroutines that never block the event loop."""

    @property
    def name(self) -> str:
        """Short name for the status strip ("demo", "local: logs.duckdb", "la: <workspace id>")."""
        ...

    async def query(
        self, kql: str, *, timespan: dt.timedelta | None = None, max_rows: int | None = None
    ) -> Rows:
        """Run `kql`, byte for byte, and return its rows.

        Args:
            timespan: Outer time bound back from now, for workspaces that take one beside the text.
            max_rows: More rows than this are not kept; the answer then says so in `partial`.

        Raises:
            QueryError: the workspace rejected the text (with line and column where it says).
            CredentialError: nobody signed in, or not allowed.
            WorkspaceError: anything else that went wrong (network, throttling, time-out).

        Cancelling the task stops the query where the workspace can be told to.
        """
        ...

    async def schema(self) -> Mapping[str, tuple[Column, ...]]:
        """Tables and columns that exist there, by table name. Raises WorkspaceError."""
        ...

    async def extents(self, tables: Sequence[TableWindow]) -> Mapping[str, Extent]:
        """What it holds of these tables, by name: cheap to ask, and of no row in particular.

        What cannot be told is said so in the `Extent`; a table that is left out is not known.

        Raises:
            WorkspaceError: nothing can be told of any of them.
        """
        ...

    async def aclose(self) -> None:
        """Release connections. Safe to call twice."""
        ...
