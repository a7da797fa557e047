"""Types of columns, and the order of dates in numbers, read off the text of their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import AmbiguousDatesError
from soc_tui.model.inert import inert
from soc_tui.model.sql_text import quoted_name
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.log_import.column_types import fits, guesses, may_fit
from soc_tui.workspaces.local.log_import.readers.source import Reading, batches
from soc_tui.workspaces.local.log_import.times import DateOrder, holds_dates, order_evidence

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FIRST_ROWS = 20
_SAMPLE_ROWS = 5_000


def text_types(
    task: Reading, names: list[str], given: Mapping[str, KqlType]
) -> tuple[dict[str, KqlType | None], dict[str, DateOrder]]:
    """Types read off the values of text columns: tried on a sample, then held against all rows.

    And the order of dates in numbers, which all rows decide.
    """
    con, table = task.con, task.table
    types: dict[str, KqlType | None] = {name: given[name] for name in names if name in given}
    types |= {n: KqlType.DATETIME for n in names if n in TIME_COLUMNS}
    open_names = [name for name in names if name not in types]
    tries = _first_tries(con, table, open_names)
    times = [n for n in names if KqlType.DATETIME in (*tries.get(n, ()), types.get(n))]
    orders = _date_orders(task, times, {n for n in times if n in types})
    sample = f"(SELECT * FROM {table} LIMIT {_SAMPLE_ROWS})"
    for rows in (sample, table):
        answer: dict[tuple[str, KqlType], bool | None] = {}
        for some in batches(open_names):
            answer |= _fitting(con, rows, {name: tries[name] for name in some}, orders)
        tries = {
            name: tuple(k for k in kinds if answer[name, k] is not False)
            for name, kinds in tries.items()
        }
    for name in open_names:
        valued = _has_values(con, table, name)
        types[name] = (tries[name][0] if tries[name] else KqlType.STRING) if valued else None
    return {name: types[name] for name in names}, orders


def _first_tries(
    con: DuckDBPyConnection, table: str, names: list[str]
) -> dict[str, tuple[KqlType, ...]]:
    """Types that the first rows leave open."""
    tries = {name: guesses(name) for name in names}
    if not names:
        return tries
    columns = ", ".join(map(quoted_name, names))
    for row in con.execute(f"SELECT {columns} FROM {table} LIMIT {_FIRST_ROWS}").fetchall():
        for name, text in zip(names, row, strict=True):
            if text:
                tries[name] = tuple(kind for kind in tries[name] if may_fit(kind, name, text))
    return tries


def _date_orders(task: Reading, names: Sequence[str], known: Set[str]) -> dict[str, DateOrder]:
    """Which number stands first in the dates of each column that has any.

    Args:
        known: Of `names`, those that are times whatever they hold.

    Raises:
        AmbiguousDatesError: no column of the file settles it, nor does the caller.
    """
    con, table = task.con, task.table
    sample = f"(SELECT * FROM {table} LIMIT {_SAMPLE_ROWS})"
    dated: list[str] = []
    for some in batches(names):
        asked = ", ".join(holds_dates(quoted_name(n)) for n in some)
        answer = con.execute(f"SELECT {asked} FROM {sample}").fetchone() or ()
        dated += [n for n, found_there in zip(some, answer, strict=True) if found_there]
    counts: dict[str, tuple[int, ...]] = {}
    for rows in (sample, table):
        asked_now = [n for n in dated if rows == sample or any(counts[n][:3])]
        for some in batches(asked_now, 5):
            sums = [part for n in some for part in (*order_evidence(quoted_name(n)), _filled(n))]
            answer = con.execute(f"SELECT {', '.join(sums)} FROM {rows}").fetchone() or ()
            counts |= {n: tuple(answer[5 * at : 5 * at + 5]) for at, n in enumerate(some)}
    found: dict[str, DateOrder] = {}
    unsettled = []
    for name, (day, month, either, en_us, filled) in counts.items():
        if day + month + either == 0 or (name not in known and day + month + either < filled):
            continue
        if day and not month:
            found[name] = DateOrder.DAY_FIRST
        elif month and not day:
            found[name] = DateOrder.MONTH_FIRST
        elif either and not day:
            unsettled.append((name, en_us == either))
    agreed = set(found.values())
    for name, en_us_alone in unsettled:
        order = agreed.copy().pop() if len(agreed) == 1 else task.dates
        if order is None and en_us_alone:
            order = DateOrder.MONTH_FIRST
        if order is None:
            raise _ambiguous(task, name)
        found[name] = order
    return found


def _filled(name: str) -> str:
    return f"count(*) FILTER ({quoted_name(name)} <> '')"


def _ambiguous(task: Reading, name: str) -> AmbiguousDatesError:
    column = quoted_name(name)
    sql = f"SELECT rowid, {column} FROM {task.table} WHERE {column} <> '' LIMIT 1"
    _, cell = task.con.execute(sql).fetchone() or (0, "")
    return AmbiguousDatesError(
        f"{task.path.name}: is {inert(str(cell), 40)} in {name} day first, or month first?",
        "No date in the file has a day above 12, so both read well. Nothing was imported.",
        "Import again with --dates day-first or --dates month-first.",
    )


def _has_values(con: DuckDBPyConnection, table: str, name: str) -> bool:
    """True when any cell of the column is neither null nor empty."""
    sql = f"SELECT 1 FROM {table} WHERE {quoted_name(name)} <> '' LIMIT 1"
    return con.execute(sql).fetchone() is not None


def _fitting(
    con: DuckDBPyConnection,
    rows: str,
    tries: Mapping[str, tuple[KqlType, ...]],
    orders: Mapping[str, DateOrder],
) -> dict[tuple[str, KqlType], bool | None]:
    keys = [(name, kind) for name, kinds in tries.items() for kind in kinds]
    if not keys:
        return {}
    checks = ", ".join(
        f"bool_and({fits(kind, name, quoted_name(name), orders.get(name))})"
        f" FILTER ({quoted_name(name)} <> '')"
        for name, kind in keys
    )
    values = con.execute(f"SELECT {checks} FROM {rows}").fetchone() or ()
    return dict(zip(keys, values, strict=True))
