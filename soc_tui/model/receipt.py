"""What a hunt covered, table by table: the proof behind "nothing found"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from soc_tui.model.inert import inert
from soc_tui.model.wording import number_of

MOST_RULE_NAMES = 250
"""Names of rules that a receipt keeps for a table; it counts all of them."""
_NAMED = 5


class TableState(StrEnum):
    """What a table gave to a query. No rows, no table and not known are three things."""

    NO_TABLE = "no table"
    EMPTY = "empty"
    STALE = "no rows in the window"
    NO_MATCH = "no rows match"
    READ = "rows"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Extent:
    """What a workspace holds of one table.

    Attributes:
        exists: None when that is not known.
        rows: Rows in the table; None when not known.
        oldest, newest: Times of its first and last row, UTC; None when not known, or without any.
        rows_in_window: Rows in the time window that was asked for; None when not known.
        why_unknown: Why something is not known; empty when all is.
        missing: What the import said is not in the table.
        since, until: That window, UTC; None where the query sets no bound.
    """

    exists: bool | None = None
    rows: int | None = None
    oldest: dt.datetime | None = None
    newest: dt.datetime | None = None
    rows_in_window: int | None = None
    why_unknown: str = ""
    missing: tuple[str, ...] = ()
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class TableRules:
    """The rules of one table, as they ran over its rows of one answer.

    Attributes:
        rows: Rows of the answer that come from the table; None when they cannot be told apart.
        run, not_run: How many rules of the table could run, and how many could not.
        run_names, not_run_names: The first MOST_RULE_NAMES of them, by title.
        absent: Columns that rules need and the rows lack, sorted.
        empty: Columns that rules need and that hold nothing in any of the rows, sorted.
    """

    rows: int | None = None
    run: int = 0
    not_run: int = 0
    run_names: tuple[str, ...] = ()
    not_run_names: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableReceipt:
    """One table that a query reads.

    Attributes:
        extent: What the workspace holds of it.
        rules: What the rules did with its rows; None when no rules were held against them.
        beside: Its rows are not rows of the answer: the query only joins them, looks them up, or
            tests values in them.
        rows: Rows of the answer that come from it; None when they cannot be told apart.
    """

    name: str
    extent: Extent = Extent()
    rules: TableRules | None = None
    beside: bool = False
    rows: int | None = None

    @property
    def state(self) -> TableState:
        """What the table gave; what is not known is never taken for nothing."""
        if self.rows:
            return TableState.READ
        return self._nothing_to_read() or self._without_known_rows()

    def _nothing_to_read(self) -> TableState | None:
        """The state of a table that surely gave nothing, whatever the query is."""
        if self.extent.exists is False:
            return TableState.NO_TABLE
        if self.extent.rows == 0:
            return TableState.EMPTY
        return TableState.STALE if self.extent.rows_in_window == 0 else None

    def _without_known_rows(self) -> TableState:
        known = self.extent.rows_in_window is not None
        if self.beside:
            return TableState.READ if known else TableState.UNKNOWN
        if self.rows is None:  # it may be among the rows that cannot be told apart
            return TableState.READ if self.extent.exists else TableState.UNKNOWN
        return TableState.NO_MATCH if known else TableState.UNKNOWN


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a hunt covered.

    Attributes:
        tables: Every table that the query reads, in its order.
        at: When the workspace was asked what it holds, UTC; None when it was not.
        rows: Rows of the answer.
        rows_unknown: Of these, rows whose table cannot be told.
        any_run, any_not_run: Rules for any table that ran over all rows, and that could not.
        summarised: A row of the answer stands for several events.
    """

    tables: tuple[TableReceipt, ...] = ()
    at: dt.datetime | None = None
    rows: int = 0
    rows_unknown: int = 0
    any_run: int = 0
    any_not_run: int = 0
    summarised: bool = False

    def with_rules(self, ruled: Receipt) -> Receipt:
        """With what the rules did, which another receipt of the same rows tells."""
        found = {table.name: table for table in ruled.tables}
        names = {table.name for table in self.tables}
        tables = [
            replace(table, rules=found[table.name].rules, rows=found[table.name].rows)
            if table.name in found
            else table
            for table in self.tables
        ]
        tables += [table for table in ruled.tables if table.name not in names]
        return replace(ruled, tables=tuple(tables), at=self.at)

    def of(self, *states: TableState) -> tuple[str, ...]:
        """Names of the tables in one of these states."""
        return tuple(table.name for table in self.tables if table.state in states)

    def gaps(self) -> tuple[str, ...]:
        """Which tables had nothing to read, and which are not known: a sentence part for each."""
        told = []
        for state, words in _TABLE_GAPS.items():
            if names := self.of(state):
                one, several = words
                told.append((one if len(names) == 1 else several).format(names=enumerated(names)))
        told += [
            f"{inert(table.name)} was imported from an incomplete export ({inert(why)})"
            for table in self.tables
            for why in table.extent.missing
        ]
        return tuple(told)

    def lines(self, done: str = "read") -> tuple[str, ...]:
        """The receipt in words, a line for each table.

        Args:
            done: What has become of the rows: "read", "not read", "not all read" …
        """
        told = [line for table in self.tables for line in self._table(table, done)]
        if self.rows_unknown and self.any_run:
            told.append(
                f"{number_of(self.rows_unknown, 'row')} of an unknown table: held against the "
                f"{number_of(self.any_run, 'rule')} for any table only."
            )
        return tuple(told)

    def _table(self, table: TableReceipt, done: str) -> Iterator[str]:
        parts = [self._rows(table, done), *self._stored(table)]
        yield f"{inert(table.name)}: {'; '.join(part for part in parts if part)}."
        if table.rows != 0 and table.rules is not None:
            yield from self._rules(table, table.rules)

    def _rows(self, table: TableReceipt, done: str) -> str:
        if table.state in _NOTHING:
            return _NOTHING[table.state].format(window=_window(table.extent))
        if table.state is TableState.UNKNOWN:
            return f"not known whether it holds rows {_window(table.extent)}{_why(table.extent)}"
        if table.beside:
            return "only joined or looked up, its rows are not rows of the answer"
        if table.rows is None:
            return f"its rows cannot be told from those of other tables, {done}"
        return f"{number_of(table.rows, 'row')} {done}"

    def _stored(self, table: TableReceipt) -> Iterator[str]:
        extent = table.extent
        yield from (f"incomplete: {inert(why)}" for why in extent.missing)
        if extent.exists is not True:
            if table.state is TableState.READ:
                yield f"not known what else the table holds{_why(extent)}"
            return
        if extent.rows_in_window:
            yield f"{number_of(extent.rows_in_window, 'row')} {_window(table.extent)}"
        elif extent.rows_in_window is None and table.state is not TableState.UNKNOWN:
            yield "how many rows are in the window is not known"
        if extent.oldest and extent.newest:
            stored = "" if extent.rows is None else f"{number_of(extent.rows, 'row')} stored, "
            yield f"{stored}oldest {moment(extent.oldest)}, newest {moment(extent.newest)}"

    def _rules(self, table: TableReceipt, rules: TableRules) -> Iterator[str]:
        if not rules.run and not rules.not_run:
            yield (
                f"  No rule is for {inert(table.name)}: only the "
                f"{number_of(self.any_run, 'rule')} for any table ran."
            )
            return
        total = rules.run + rules.not_run
        yield f"  {rules.run:,} of {number_of(total, 'rule')} ran."
        if rules.not_run:
            lacking = f" (absent: {enumerated(rules.absent)})" if rules.absent else ""
            names = enumerated(rules.not_run_names, "; ", rules.not_run)
            yield f"  {rules.not_run:,} did not run{lacking}: {names}."
        if rules.empty:
            yield f"  Empty in all its rows, though rules need them: {enumerated(rules.empty)}."


_NOTHING = {
    TableState.NO_TABLE: "no table of this name is in the workspace",
    TableState.EMPTY: "no rows: the table exists and is empty",
    TableState.STALE: "no rows {window}",
    TableState.NO_MATCH: "no rows match the query",
}
_TABLE_GAPS = {
    TableState.NO_TABLE: (
        "no table {names} is in the workspace",
        "no tables {names} are in the workspace",
    ),
    TableState.EMPTY: ("{names} is empty", "{names} are empty"),
    TableState.STALE: (
        "{names} has no rows in the time window",
        "{names} have no rows in the time window",
    ),
    TableState.UNKNOWN: (
        "not known whether {names} holds rows in the time window",
        "not known whether {names} hold rows in the time window",
    ),
}


def _window(extent: Extent) -> str:
    since = f"since {moment(extent.since)}" if extent.since else ""
    until = f"until {moment(extent.until)}" if extent.until else ""
    return " ".join(filter(None, (since, until))) or "at any time"


def _why(extent: Extent) -> str:
    return f" ({inert(extent.why_unknown)})" if extent.why_unknown else ""


def enumerated(names: Sequence[str], between: str = ", ", total: int | None = None) -> str:
    """The first names, and how many more there are.

    Args:
        total: How many there are in all, when not all are given.
    """
    more = (len(names) if total is None else total) - min(len(names), _NAMED)
    shown = between.join(inert(name) for name in names[:_NAMED])
    return shown + (f" and {more:,} more" if more > 0 else "")


def moment(time: dt.datetime) -> str:
    """A time as receipts write it, to the minute, UTC."""
    return f"{time.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"
