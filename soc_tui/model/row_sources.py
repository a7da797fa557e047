"""Where the rows of an answer come from, as far as the query's text tells."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RowTable:
    """A table whose rows are rows of the answer.

    Attributes:
        labels: What `withsource`, `$table` and the like call its rows.
        columns: The columns that its rows bring; None when the text does not tell.
    """

    name: str
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TableWindow:
    """A table that the query reads, and over which time.

    Attributes:
        since, until: Bounds of its time, UTC; None where the text sets none.
        known: False when a bound stands there that cannot be read.
        elsewhere: It is read from another workspace, by its name.
        beside: It is only joined, looked up or tested: its rows are not rows of the answer.
    """

    name: str
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    known: bool = True
    beside: bool = False
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class RowSources:
    """Where the rows of an answer come from.

    Attributes:
        tables: The tables whose rows they are.
        reads: All tables that the query reads, in its order.
        label_columns: Columns in which the query writes the table of each row.
        complete: True when the rows come from no table but these.
        summarised: A row of the answer stands for several events.
    """

    tables: tuple[RowTable, ...] = ()
    reads: tuple[TableWindow, ...] = ()
    label_columns: tuple[str, ...] = ()
    complete: bool = False
    summarised: bool = False

    @property
    def only(self) -> str:
        """The one table that all rows come from; empty when there are several, or not known."""
        names = {table.name for table in self.tables}
        return names.pop() if self.complete and len(names) == 1 else ""


def one_table(name: str) -> RowSources:
    """All rows come from the table of that name; nothing is known for an empty one."""
    return RowSources((RowTable(name, (name,)),), complete=True) if name else RowSources()
