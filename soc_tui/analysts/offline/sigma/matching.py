"""Loads rows into an in-memory DuckDB and finds those a rule matches."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from soc_tui.analysts.offline.sigma import correlations
from soc_tui.analysts.offline.sigma.rule import ANY_TABLE, Rule, condition_sql, lower_name, text_sql
from soc_tui.model.catalog import KqlType
from soc_tui.model.rows import Rows
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import time_column

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OFTEN = 4
_TEXT = (KqlType.STRING, KqlType.DYNAMIC)
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


class RuleMatcher:
    """Runs rules over one answer. One thread at a time; `interrupt` may come from another.

    Args:
        rules: Rules that will be run: what many of them read is put in lower case once.
        of_rows: The table of each row, null where it is not known: each rule sees the rows of its
            own. None when all are of one table.
    """

    def __init__(
        self, rows: Rows, rules: Sequence[Rule] = (), of_rows: pa.Array | None = None
    ) -> None:
        self.text_columns = tuple(column.name for column in rows.columns if column.type in _TEXT)
        self._apart = of_rows is not None
        self._often = frozenset(_often_read(rules) & set(self.text_columns))
        self._con = _load(rows, sorted(self._often), of_rows)
        self._closing, self._closed = threading.Lock(), False

    def hits(self, rule: Rule) -> list[int]:
        """0-based indexes of the rows that the rule matches, in order of time.

        Raises:
            duckdb.Error: the rule cannot run on these rows (or was interrupted).
        """
        source = self._source(rule)
        if rule.correlation is not None:
            query = correlations.hits_sql(rule.correlation, self.text_columns, source)
        else:
            where = condition_sql(rule.condition, self.text_columns)
            query = f'SELECT "#row" FROM {source} WHERE {where} ORDER BY "#time", "#row"'
        return [int(row) for row, *_ in self._con.execute(query).fetchall()]

    def keyword_columns(self, rule: Rule, row: int) -> tuple[str, ...]:
        """Text columns of one row in which a rule of keywords matches by that column alone."""
        tests = ", ".join(condition_sql(rule.condition, (column,)) for column in self.text_columns)
        found = self._con.execute(
            f'SELECT {tests} FROM {self._source(rule)} WHERE "#row" = {row}'
        ).fetchone()
        pairs = zip(self.text_columns, found or (), strict=False)
        return tuple(column for column, matches in pairs if matches)

    def _source(self, rule: Rule) -> str:
        """The rows that the rule sees, with what it reads in lower case and few others do."""
        parts = rule.correlation.rules if rule.correlation else (rule,)
        keywords = self.text_columns if any(part.has_keywords for part in parts) else ()
        lower = _lower(sorted({*rule.columns, *keywords} - self._often))
        where = ""
        if self._apart and rule.table != ANY_TABLE:
            where = f' WHERE "#table" = {quoted_text(rule.table)}'
        return f"(SELECT *{lower} FROM logs{where})" if lower or where else "logs"

    def interrupt(self) -> None:
        """Stop the query that runs now, if any."""
        with self._closing:
            if not self._closed:
                self._con.interrupt()

    def close(self) -> None:
        """Free the memory. Safe to call twice."""
        with self._closing:
            self._closed = True
            self._con.close()


def _often_read(rules: Sequence[Rule]) -> set[str]:
    """Columns that enough rules read for a second copy to pay."""
    parts = (
        part for rule in rules for part in (rule.correlation.rules if rule.correlation else (rule,))
    )
    reads = Counter(column for part in parts for column in part.columns)
    return {column for column, count in reads.items() if count >= _OFTEN}


def _load(rows: Rows, often: Sequence[str], of_rows: pa.Array | None) -> DuckDBPyConnection:
    """The rows as `logs`; columns that are read often stand beside themselves in lower case."""
    con = duckdb.connect(":memory:", config=_CONFIG)
    numbered = rows.table.append_column("#row", pa.array(range(rows.count), pa.int64()))
    if of_rows is not None:
        numbered = numbered.append_column("#table", of_rows)
    moment = time_column(rows.columns)
    time = f"epoch_us({quoted_name(moment)})" if moment else "CAST(NULL AS BIGINT)"
    # Not con.register: it imports pandas, which takes 0.6 s.
    con.from_arrow(numbered).create_view("arrow_rows")
    con.execute(f'CREATE TABLE logs AS SELECT *, {time} AS "#time"{_lower(often)} FROM arrow_rows')
    con.execute("DROP VIEW arrow_rows")
    return con


def _lower(columns: Sequence[str]) -> str:
    return "".join(
        f", lower({text_sql(name)}) AS {quoted_name(lower_name(name))}" for name in columns
    )


def missing_columns(rules: Sequence[Rule], columns: Sequence[str]) -> tuple[str, ...]:
    """Columns that the rules need and the rows lack, sorted."""
    return tuple(sorted(frozenset().union(*(rule.columns for rule in rules)) - set(columns)))
