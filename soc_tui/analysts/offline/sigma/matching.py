"""Finds the rows that rules match."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.analysts.offline.sigma import correlations, field_columns
from soc_tui.analysts.offline.sigma.row_tests import RowTests
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, Correlation, Rule
from soc_tui.model.catalog import KqlType
from soc_tui.model.rows import Rows
from soc_tui.model.time_columns import time_column

_TEXT = (KqlType.STRING, KqlType.DYNAMIC)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}
_NO_TIME = np.iinfo(np.int64).max


class RuleMatcher:
    """Runs rules over one answer. One thread at a time; `interrupt` may come from another.

    Args:
        rules: Rules that will be run: what they look for is looked for in one pass. Others can be
            run, and cost a pass each.
        of_rows: The table of each row, null where it is not known: each rule sees the rows of its
            own. None when all are of one table.
    """

    def __init__(
        self, rows: Rows, rules: Sequence[Rule] = (), of_rows: pa.Array | None = None
    ) -> None:
        self.text_columns = tuple(column.name for column in rows.columns if column.type in _TEXT)
        self._rows, self._of_rows = rows, of_rows
        self._tables: dict[str, RowTests] = {}
        self._times = _times(rows)
        self._con: Any = None
        self._closing, self._closed = threading.Lock(), False
        self._by_column: tuple[str, dict[str, frozenset[int]]] = ("", {})
        for rule in rules:
            self._table(rule).want(_parts(rule))

    def hits(self, rule: Rule) -> list[int]:
        """0-based indexes of the rows that the rule matches, in order of time.

        Raises:
            MissingColumnError: the rows lack a column of the rule.
            duckdb.Error: a correlation cannot run on these rows, or was interrupted.
        """
        table = self._table(rule)
        table.want(_parts(rule))
        if rule.correlation is not None:
            return self._correlated(rule.correlation, table)
        found = table.numbers(table.places_of(rule))
        order = np.lexsort((found, self._times[found]))
        return [int(row) for row in found[order]]

    def keyword_columns(self, rule: Rule, row: int) -> tuple[str, ...]:
        """Text columns of one row in which a rule of keywords matches by that column alone."""
        if self._by_column[0] != rule.id:
            table = self._table(rule)
            rows = {
                column: frozenset(map(int, table.numbers(table.places_of(rule, (column,)))))
                for column in self.text_columns
            }
            self._by_column = (rule.id, rows)
        return tuple(column for column, rows in self._by_column[1].items() if row in rows)

    def interrupt(self) -> None:
        """Stop the query that runs now, if any."""
        with self._closing:
            if self._con is not None and not self._closed:
                self._con.interrupt()

    def close(self) -> None:
        """Free the memory. Safe to call twice."""
        with self._closing:
            self._closed = True
            self._tables.clear()
            if self._con is not None:
                self._con.close()

    def _table(self, rule: Rule) -> RowTests:
        """The rows that the rule sees."""
        name = rule.table if self._of_rows is not None else ANY_TABLE
        if name not in self._tables:
            numbers = None
            if name != ANY_TABLE:
                own = pc.equal(self._of_rows, name).fill_null(False)
                numbers = np.flatnonzero(own.to_numpy(zero_copy_only=False))
            self._tables[name] = RowTests(self._rows, self.text_columns, numbers)
        return self._tables[name]

    def _correlated(self, correlation: Correlation, table: RowTests) -> list[int]:
        with self._closing:
            if self._con is None and not self._closed:
                self._con = duckdb.connect(":memory:", config=_CONFIG)
        matched = pa.concat_tables(
            self._matched(correlation, number, table) for number in range(len(correlation.rules))
        )
        # Not con.register: it imports pandas, which takes 0.6 s.
        self._con.from_arrow(matched).create_view(correlations.MATCHED, replace=True)
        found = self._con.execute(correlations.hits_sql(correlation)).fetchall()
        return [int(row) for row, *_ in found]

    def _matched(self, correlation: Correlation, part: int, table: RowTests) -> pa.Table:
        """The rows of one rule of a correlation; a row without a group belongs to none."""
        places = table.places_of(correlation.rules[part])
        groups = [table.cells(name, places, lower=True) for name in correlation.group_by]
        grouped = np.ones(len(places), np.bool_)
        for cells in groups:
            grouped &= pc.not_equal(cells, "").fill_null(False).to_numpy(zero_copy_only=False)
        rows = table.numbers(places)
        counted = correlation.field
        none = pa.nulls(len(places), pa.large_string())
        between = pa.scalar("\0", pa.large_string())
        group = pc.binary_join_element_wise(*groups, between) if groups else none
        matched = pa.table(
            {
                "#row": rows,
                "#time": pa.array(self._times[rows], mask=self._times[rows] == _NO_TIME),
                "part": np.full(len(places), part),
                "grp": group,
                "val": table.cells(counted, places) if counted else none,
            }
        )
        return matched.filter(pa.array(grouped))


def _parts(rule: Rule) -> tuple[Rule, ...]:
    return rule.correlation.rules if rule.correlation else (rule,)


def _times(rows: Rows) -> npt.NDArray[np.int64]:
    """When each row was, in microseconds since 1970; those without a time come last."""
    moment = time_column(rows.columns)
    if not moment:
        return np.full(rows.count, _NO_TIME, np.int64)
    column = rows.table.column(rows.column_names.index(moment)).combine_chunks()
    if not pa.types.is_timestamp(column.type):
        return np.full(rows.count, _NO_TIME, np.int64)
    micros = column.cast(pa.timestamp("us", column.type.tz), safe=False).cast(pa.int64())
    times: npt.NDArray[np.int64] = micros.fill_null(_NO_TIME).to_numpy(zero_copy_only=False)
    return times


def missing_columns(rules: Sequence[Rule], columns: Sequence[str]) -> tuple[str, ...]:
    """Columns that the rules need and the rows lack, sorted."""
    available = frozenset(columns)
    needed = frozenset[str]().union(*(rule.columns for rule in rules))
    return tuple(sorted(one for one in needed if not field_columns.is_there(one, available)))
