"""What was read, stored in the tables of the database: types, columns, times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.model.sql_text import quoted_name
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_sandbox import StoredColumn, kql_type
from soc_tui.workspaces.local.log_import.column_types import STORED, clean_name, converted, merged
from soc_tui.workspaces.local.log_import.readers.source import Source, batches
from soc_tui.workspaces.local.log_import.text_files import bad_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TIMES = (
    "UtcTime", "EventTime", "TimeCreated", "CreatedDateTime", "ActivityDateTime", "CreationTime",
    "CreationDate", "StartTime", "Date", "DateTime", "EventDateTime", "timestamp", "time", "ts",
)  # fmt: skip
"""Names under which other logs say when it was, the likelier first, without case."""
_NEVER = re.compile(r"expir|until|valid|birth|compil|modif|previous|end", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stored:
    """What a table got.

    Attributes:
        rows: Rows added.
        columns: Of the table now.
        span: First and last time in the table now, UTC; None where it has no times.
        notes: What was changed on the way.
        time: The column that TimeGenerated is filled from; empty where it was there.
    """

    table: str
    rows: int
    columns: tuple[Column, ...]
    span: tuple[dt.datetime, dt.datetime] | None
    notes: tuple[str, ...]
    time: str = ""


def store(
    con: DuckDBPyConnection,
    table: str,
    sources: Sequence[Source],
    given: Mapping[str, KqlType],
    time_column: str = "",
    *,
    replaced: bool = False,
    storing: Callable[[], None] = lambda: None,
) -> Stored:
    """Add sources to a table, which is made if it is not there.

    Args:
        given: Types known beforehand.
        time_column: The column that tells when an event was, where the user says so.
        storing: Called before each source is stored.

    Raises:
        FileImportError: types that do not fit the table that is there; no such time column.
    """
    existing = {} if replaced else stored_types(con, table)
    sources = [_spelled(source, (*existing, *given), sources) for source in sources]
    kinds = dict(existing)
    for name in dict.fromkeys(name for source in sources for name in source.names):
        if name not in existing:
            kinds[name] = given.get(name) or merged(
                s.types[name] for s in sources if name in s.types
            )
    times = [_time_of(con, source, kinds, existing, time_column) for source in sources]
    if any(times) and TIME_COLUMNS[0] not in kinds:
        kinds[TIME_COLUMNS[0]] = KqlType.DATETIME
    _create(con, table, kinds, existing)
    fillings = [_Filling(*one, kinds) for one in zip(sources, times, strict=True)]
    wanted = _cells(con, table, fillings)
    rows = 0
    for filling in fillings:
        storing()
        rows += _insert(con, table, filling)
    # Cells are counted: to name the one that does not fit, all are converted once more.
    if _counts(con, quoted_name(table), [f"count({quoted_name(n)})" for n in wanted]) != [
        *wanted.values()
    ]:
        raise _first_misfit(con, fillings)
    columns = tuple(Column(name, kind) for name, kind in stored_types(con, table).items())
    notes = dict.fromkeys(note for source in sources for note in _notes(source, kinds))
    notes |= dict.fromkeys(
        f"{TIME_COLUMNS[0]} of {table} is {time}"
        " (--time-column NAME, or t in the timeline, takes another)"
        for time in times
        if time
    )
    if not times_there(columns):
        text = f"{table} has no time column: its rows cannot be bounded in time"
        notes[text] = None
    time = "" if existing else next(filter(None, times), "")
    return Stored(table, rows, columns, _span(con, table, columns), tuple(notes), time)


def times_there(columns: Sequence[Column]) -> list[str]:
    """The time columns that queries look for, of those that are there."""
    names = {column.name for column in columns if column.type is KqlType.DATETIME}
    return [name for name in TIME_COLUMNS if name in names]


def stored_types(con: DuckDBPyConnection, table: str) -> dict[str, KqlType]:
    """Columns of a table of the database; none where it is not there."""
    rows = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
        " AND database_name = current_database() AND schema_name = 'main' ORDER BY column_index",
        [table],
    ).fetchall()
    return {name: kql_type(kind) for name, kind in rows}


def _spelled(source: Source, known: Sequence[str], sources: Sequence[Source]) -> Source:
    """The source with the spelling of columns that others have already: names here have no case."""
    spelling = {name.casefold(): name for name in known}
    for other in sources:
        for name in other.names:
            spelling.setdefault(name.casefold(), name)
    new = {name: spelling[name.casefold()] for name in source.names}
    if all(name == to for name, to in new.items()):
        return source
    return replace(
        source,
        names={new[name]: old for name, old in source.names.items()},
        types={new[name]: kind for name, kind in source.types.items()},
        stored={new[name]: kind for name, kind in source.stored.items()},
        orders={new[name]: order for name, order in source.orders.items()},
    )


def _time_of(
    con: DuckDBPyConnection,
    source: Source,
    kinds: Mapping[str, KqlType],
    existing: Mapping[str, KqlType],
    wanted: str,
) -> str:
    """The column that TimeGenerated is filled from; empty where it is there, or Timestamp is."""
    times = [name for name in source.names if kinds[name] is KqlType.DATETIME]
    if wanted:
        found = next((name for name in source.names if wanted in (name, source.names[name])), "")
        if found not in times:
            known = ", ".join(times) or "none"
            raise bad_file(
                source.path,
                f"it has no column {wanted} of times.",
                f"Its columns of times: {known}.",
            )
        return "" if found in TIME_COLUMNS else found
    own = [name for name in TIME_COLUMNS if name in times]
    if own and (not existing or own[0] in existing or TIME_COLUMNS[0] not in existing):
        return ""
    if own:
        return own[0]
    by_name = {name.casefold(): name for name in times}
    likely = [by_name[name.casefold()] for name in _TIMES if name.casefold() in by_name]
    rest = [name for name in times if not _NEVER.search(name)]
    return next((name for name in (*likely, *rest) if _filled(con, source, name)), "")


def _filled(con: DuckDBPyConnection, source: Source, name: str) -> bool:
    """Whether most rows have a value there."""
    column = quoted_name(name)
    tested = f"{column} <> ''" if source.is_text(name) else f"{column} IS NOT NULL"
    sql = f"SELECT count(*) FILTER ({tested}) * 2 > count(*) FROM {source.table}"
    return bool((con.execute(sql).fetchone() or (False,))[0])


def _create(
    con: DuckDBPyConnection,
    name: str,
    kinds: Mapping[str, KqlType],
    existing: Mapping[str, KqlType],
) -> None:
    table = quoted_name(name)
    # A string column added to rows that are there is empty in them, not null: KQL has no null
    # strings, and `!=` or `!has` on a null would drop the row.
    parts = [
        f"{quoted_name(name)} {STORED[kind]}" + (" DEFAULT ''" if kind is KqlType.STRING else "")
        for name, kind in kinds.items()
        if name not in existing
    ]
    if not existing:
        con.execute(f"DROP TABLE IF EXISTS {table}")
        con.execute(f"CREATE TABLE {table} ({', '.join(parts)})")
        return
    for part in parts:
        con.execute(f"ALTER TABLE {table} ADD COLUMN {part}")


@dataclass(frozen=True, slots=True)
class _Filling:
    """A source and how it fills the table.

    Attributes:
        time: The column that TimeGenerated is filled from; empty where it is there.
    """

    source: Source
    time: str
    kinds: Mapping[str, KqlType]

    @property
    def values(self) -> dict[str, str]:
        """SQL of the value by column."""
        source, kinds = self.source, self.kinds
        values = {name: _value(source, name, kinds[name]) for name in source.names}
        if self.time:
            values[TIME_COLUMNS[0]] = _value(source, self.time, KqlType.DATETIME)
        return values

    @property
    def strict(self) -> list[str]:
        """Columns of which each cell has to fit its type."""
        if self.source.lenient:
            return []
        return [
            name
            for name in self.source.names
            if _is_strict(self.source, name, self.kinds[name])
            and not (self.time and name == TIME_COLUMNS[0])
        ]


def _cells(con: DuckDBPyConnection, table: str, fillings: Sequence[_Filling]) -> dict[str, int]:
    """How many cells the table holds when it is filled, by column of which each has to fit."""
    strict = list(dict.fromkeys(name for one in fillings for name in one.strict))
    wanted = dict(
        zip(
            strict,
            _counts(con, quoted_name(table), [f"count({quoted_name(n)})" for n in strict]),
            strict=True,
        )
    )
    for one in fillings if strict else ():
        values = one.values
        counts = {
            name: f"count({values[name]})"
            if one.source.lenient or (one.time and name == TIME_COLUMNS[0])
            else f"count(*) FILTER ({_has(one.source, name)})"
            for name in strict
            if name in values
        }
        filled = _counts(con, one.source.table, list(counts.values()))
        for name, count in zip(counts, filled, strict=True):
            wanted[name] += count
    return wanted


def _insert(con: DuckDBPyConnection, table: str, filling: _Filling) -> int:
    values = filling.values
    answer = con.execute(
        f"INSERT INTO {quoted_name(table)} ({', '.join(map(quoted_name, values))})"
        f" SELECT {', '.join(values.values())} FROM {filling.source.table}"
    ).fetchone()
    return int(answer[0]) if answer else 0


def _counts(con: DuckDBPyConnection, table: str, counts: Sequence[str]) -> list[int]:
    return [
        number
        for some in batches(counts)
        for number in con.execute(f"SELECT {', '.join(some)} FROM {table}").fetchone() or ()
    ]


def _has(source: Source, name: str) -> str:
    """Whether the cell of the source has a value."""
    column = quoted_name(name)
    return f"{column} IS NOT NULL" + (f" AND trim({column}) <> ''" if source.is_text(name) else "")


def _value(source: Source, name: str, kind: KqlType) -> str:
    column = quoted_name(name)
    if source.is_text(name):
        return converted(kind, column, source.orders.get(name))
    stored = StoredColumn(name, source.stored[name])
    if stored.duckdb_type == "TIME":
        return converted(kind, f"CAST({column} AS VARCHAR)")
    if kql_type(stored.duckdb_type) is kind or kind is not KqlType.STRING:
        return f"TRY_CAST({stored.value_sql} AS {STORED[kind]})"
    return f"coalesce(CAST({column} AS VARCHAR), '')"


def _is_strict(source: Source, name: str, kind: KqlType) -> bool:
    """Whether each cell has to fit the type; what was read off the values fits them."""
    if kind in (KqlType.STRING, KqlType.DYNAMIC):
        return False
    known = source.is_text(name) and source.types.get(name) is kind and name in source.sure
    return not known


def _first_misfit(con: DuckDBPyConnection, fillings: Iterable[_Filling]) -> FileImportError:
    """The error that names the first cell that does not fit its column's type."""
    faults: list[tuple[int, str]] = []
    for one in fillings:
        source, values = one.source, one.values
        tests = {name: f"{_has(source, name)} AND ({values[name]}) IS NULL" for name in one.strict}
        for some in batches(list(tests)):
            firsts = ", ".join(f"min(rowid) FILTER ({tests[name]})" for name in some)
            answer = con.execute(f"SELECT {firsts} FROM {source.table}").fetchone() or ()
            faults += [
                (row, name) for row, name in zip(answer, some, strict=True) if row is not None
            ]
        if faults:
            break
    row, name = min(faults)
    number, kind = list(source.names).index(name) + 1, one.kinds[name].value
    return bad_file(
        source.path,
        f"the cell in row {row + 1} is not a valid {kind}.",
        f"The table expects {kind} in {name}. Fix the file, or import it into another table.",
        line=source.line(row),
        column=f"{number} ({name})",
    )


def _notes(source: Source, kinds: Mapping[str, KqlType]) -> Iterator[str]:
    yield from source.notes
    for new, old in source.names.items():
        if new == clean_name(old) != old:
            zone = re.search(r"\[(.*)\]\s*$", old)
            foreign = kinds[new] is KqlType.DATETIME and zone and zone[1].casefold() != "utc"
            yield f"{old!r} is now {new}" + (", its times read as UTC" if foreign else "")


def _span(
    con: DuckDBPyConnection, table: str, columns: Sequence[Column]
) -> tuple[dt.datetime, dt.datetime] | None:
    name = next(iter(times_there(columns)), None)
    if name is None:
        return None
    sql = f"SELECT min({quoted_name(name)}), max({quoted_name(name)}) FROM {quoted_name(table)}"
    first, last = con.execute(sql).fetchone() or (None, None)
    if first is None:
        return None
    return first.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC)
