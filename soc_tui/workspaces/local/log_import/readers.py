"""Exported files read into temporary tables through DuckDB's own readers.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import AmbiguousDatesError
from soc_tui.model.inert import inert
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_sandbox import kql_type
from soc_tui.workspaces.local.log_import import text_files
from soc_tui.workspaces.local.log_import.column_types import (
    clean_name,
    column_names,
    fits,
    guesses,
    is_moment,
    json_kind,
    may_fit,
)
from soc_tui.workspaces.local.log_import.file_kinds import FileKind
from soc_tui.workspaces.local.log_import.json_records import (
    Unwrapped,
    layout,
    read_records,
    record_line,
    write_records,
)
from soc_tui.workspaces.local.log_import.text_files import bad_file
from soc_tui.workspaces.local.log_import.times import DateOrder, holds_dates, order_evidence

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_FIRST_ROWS = 20
_SAMPLE_ROWS = 5_000
_BATCH = 20
_MAX_BYTES = text_files.MAX_FIELD_CHARS
_NOT_OF_THE_FILE = (duckdb.InterruptException, duckdb.OutOfMemoryException, duckdb.IOException)
"""Errors of which the file that is read is not the cause."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or what of it belongs to one table, read into a temporary table.

    Attributes:
        table: The temporary table; text columns are VARCHAR as they stood in the file.
        names: Name in the file by cleaned name, in order.
        types: KQL type by cleaned name: declared by the file, or read off its values; None for a
            column without values.
        line: 1-based line in the file of a 0-based row, or None where lines mean nothing.
        stored: DuckDB type by cleaned name where the file has types of its own (Parquet).
        orders: Of the numbers in dates, by cleaned name.
        missing: What the file itself says is missing in it.
        notes: What was changed on the way.
        lenient: A cell that does not fit its column's type is left empty: the raw event has it.
        sure: Columns whose type was read off all their values.
    """

    path: Path
    table: str
    names: Mapping[str, str]
    types: Mapping[str, KqlType | None]
    line: Callable[[int], int | None]
    stored: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, DateOrder] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lenient: bool = False
    sure: frozenset[str] = frozenset()

    def is_text(self, column: str) -> bool:
        """True when the column holds text that is still to be converted."""
        return self.stored.get(column, "VARCHAR") == "VARCHAR"


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read.

    Attributes:
        path: Named in errors.
        table: The temporary table to make.
        folder: Private folder for copies.
        given: Types known beforehand by column name, which need not be read off the values.
        dates: Which number of a date stands first, where nothing in the file says it.
        lenient: See Source.
    """

    con: DuckDBPyConnection
    path: Path
    table: str
    folder: Path
    given: Mapping[str, KqlType]
    dates: DateOrder | None = None
    lenient: bool = False


def read_table(task: Reading, kind: FileKind, text: Path) -> Source:
    """Read a CSV, JSON or Parquet file into the temporary table.

    Args:
        text: The file in UTF-8, where it is text.

    Raises:
        FileImportError: the file cannot be read, with its line and column where there are any.
        AmbiguousDatesError: day or month first?
    """
    if kind is FileKind.PARQUET:
        return _read_parquet(task)
    return _read_csv(task, text) if kind is FileKind.CSV else read_json(task, text)


def _plainly_named(path: Path, link: Path) -> Path:
    """The same file under a name without characters that DuckDB's readers take for a pattern."""
    try:
        link.symlink_to(path.resolve())
    except OSError:  # no symbolic links there (Windows without the privilege)
        shutil.copyfile(path, link)
    return link


def _named(task: Reading, names: Sequence[str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Name in the file by the name of the column, and what there is to say of that."""
    made = column_names(names, task.given)
    notes = tuple(
        f"column {number} has no name: it is now {new}"
        if not old.strip()
        else f"{old!r} is now {new}, as {clean_name(old) or 'another'} is there already"
        for number, (new, old) in enumerate(made.items(), 1)
        if not old.strip() or new.casefold() != clean_name(old).casefold()
    )
    return made, notes


def _read_csv(task: Reading, text: Path) -> Source:
    con, path, table = task.con, task.path, task.table
    header = text_files.csv_header(text, path)
    names, notes = _named(task, header.cells)
    link = _plainly_named(text, task.folder / f"{table}.csv")
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in names)
    options = (
        f"auto_detect=false, header=true, skip={header.line - 1},"
        f" delim={quoted_text(header.delimiter)}, quote='\"', escape='\"', strict_mode=true,"
        # Without buffer_size DuckDB reads 16 of the longest lines at once: a block of 1 GB.
        f" max_line_size={_MAX_BYTES}, buffer_size={_MAX_BYTES}, columns={{{columns}}}"
    )
    reader = f"read_csv({quoted_text(str(link))}, {options}"
    try:
        con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {reader})")
    except _NOT_OF_THE_FILE:
        raise
    except duckdb.Error as error:
        raise _csv_fault(reader, text, path, list(names)) from error
    types, orders = _text_types(task, list(names), task.given)
    return Source(
        path,
        table,
        names,
        types,
        lambda row: text_files.csv_line(text, row + header.line, header.delimiter),
        orders=orders,
        notes=notes,
        lenient=task.lenient,
        sure=frozenset(names) - task.given.keys() - set(TIME_COLUMNS),
    )


def _csv_fault(reader: str, text: Path, path: Path, names: list[str]) -> Exception:
    with duckdb.connect() as con:
        try:
            con.execute(f"SELECT count(*) FROM {reader}, store_rejects=true, rejects_limit=1)")
            con.execute(
                f"CREATE TEMP TABLE rejected AS SELECT * FROM {reader}, store_rejects=true)"
            )
            fault = con.execute(
                "SELECT byte_position, line_byte_position, column_idx, error_type, error_message"
                " FROM reject_errors ORDER BY line_byte_position, column_idx LIMIT 1"
            ).fetchone()
        except duckdb.Error:
            fault = None
    if fault is None:
        if (line := text_files.mixed_line_end(text)) is not None:
            what = "this line ending differs from those before it (CRLF, LF)."
            return bad_file(path, what, "Save it with one kind of line ending.", line=line)
        return bad_file(path, "this is not well-formed CSV.")
    byte, line_byte, column, kind, message = fault
    line = text_files.line_of_byte(text, line_byte if line_byte is not None else byte)
    if kind in ("TOO MANY COLUMNS", "MISSING COLUMNS"):
        what = (
            str(message)
            .replace("Expected Number of Columns:", "expected")
            .replace("Found:", "fields, found")
        )
        return bad_file(path, f"wrong number of fields: {what}.", line=line, column=column)
    name = names[column - 1] if 0 < column <= len(names) else ""
    fault_text = "a quote is not closed" if kind == "UNQUOTED VALUE" else str(kind).lower()
    return bad_file(path, f"{fault_text} in {name or 'this line'}.", line=line, column=column)


def _text_types(
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
    orders = date_orders(task, times, {n for n in times if n in types})
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


def date_orders(task: Reading, names: Sequence[str], known: Set[str]) -> dict[str, DateOrder]:
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


def batches(names: Sequence[str], size: int = _BATCH) -> Iterator[Sequence[str]]:
    """The names, some at a time: DuckDB's memory and time for one SELECT of many aggregates grow
    with their square (1,500 took 2 GB, of a table of one row)."""
    return (names[at : at + size] for at in range(0, len(names), size))


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


def read_json(task: Reading, text: Path) -> Source:
    """Read JSON in UTF-8 of any layout into the temporary table."""
    con, path, table = task.con, task.path, task.table
    found = Unwrapped()
    shape = layout(text)
    if shape == "other":
        raw = _raw_again(task, text, found)
    else:
        raw = _raw_records(task, text, found, by_line=shape == "lines")

    def line(row: int) -> int | None:
        return record_line(text, row) if shape == "lines" else None

    odd = con.execute(
        f"SELECT rowid FROM {raw} WHERE json_type(j) <> 'OBJECT' ORDER BY rowid LIMIT 1"
    ).fetchone()
    if odd is not None:
        what = f"record {odd[0] + 1} is not a JSON object."
        raise bad_file(path, what, line=line(odd[0]), column=1 if shape == "lines" else None)
    keys = [
        str(key)
        for key, _ in con.execute(
            "SELECT key, min(place) FROM (SELECT unnest(json_keys(j)) AS key,"
            f" rowid * 10000 + generate_subscripts(json_keys(j), 1) AS place FROM {raw})"
            " GROUP BY key ORDER BY min(place)"
        ).fetchall()
    ]
    if not keys:
        raise bad_file(path, "it contains no records.", line=1, column=1)
    one_spelling, kept = _one_spelling(con, raw, keys)
    names, notes = _named(task, kept)
    kinds = _spread(task, raw, list(names), kept, one_spelling)
    types = {n: found.types[key] for n, key in names.items() if key in found.types}
    types |= {n: task.given[n] for n in names if n in task.given}
    for name, json_types in kinds.items():
        known = json_kind(json_types)
        if known is not None and not (known is not KqlType.DYNAMIC and is_moment(name)):
            types.setdefault(name, known)
    # Digits in quotes were written as text on purpose: ask only for times and nested JSON.
    if task.lenient:  # whoever wrote these rows knows their types, but for times
        types |= {n: KqlType.STRING for n in names if n not in types and not is_moment(n)}
    texts, orders = _text_types(task, list(names), types)
    wanted = (None, KqlType.DATETIME, KqlType.DYNAMIC)
    final = {
        n: k if n in types or k in wanted else json_kind(kinds[n]) or KqlType.STRING
        for n, k in texts.items()
    }
    merged = tuple(f"{a} and {b} are one column" for b, a in one_spelling.items())
    return Source(
        path,
        table,
        names,
        final,
        line,
        orders=orders,
        missing=tuple(found.missing),
        notes=(*found.notes, *merged, *notes),
        lenient=task.lenient,
        sure=frozenset(names) - task.given.keys() - found.types.keys() - set(TIME_COLUMNS),
    )


def _raw_records(task: Reading, lines: Path, found: Unwrapped, *, by_line: bool) -> str:
    """The temporary table with each record as JSON in its column `j`."""
    raw = f"{task.table}_raw"
    link = _plainly_named(lines, task.folder / f"{task.table}.plain.json")
    form = "newline_delimited" if by_line else "array"
    try:
        task.con.execute(
            f"CREATE TEMP TABLE {raw} AS SELECT json AS j FROM read_json_objects("
            f"{quoted_text(str(link))}, format='{form}', maximum_object_size={_MAX_BYTES})"
        )
        twice = task.con.execute(
            f"SELECT 1 FROM {raw} WHERE json_type(j) = 'OBJECT'"
            " AND len(json_keys(j)) <> len(list_distinct(json_keys(j))) LIMIT 1"
        ).fetchone()
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        # Python reads it: most likely half a surrogate pair, which Windows file names may have.
        return _raw_again(task, lines, found)
    if twice is not None:
        task.con.execute(f"DROP TABLE {raw}")
        return _raw_again(task, lines, found)
    return raw


def _raw_again(task: Reading, text: Path, found: Unwrapped) -> str:
    """The same of what DuckDB does not read, or reads with losses."""
    raw, again = f"{task.table}_raw", task.folder / f"{task.table}.again.jsonl"
    if write_records(read_records(text, task.path, found), again) == 0:
        raise bad_file(task.path, "it contains no records.", line=1, column=1)
    try:
        task.con.execute(
            f"CREATE OR REPLACE TEMP TABLE {raw} AS SELECT json AS j FROM read_json_objects("
            f"{quoted_text(str(again))}, format='newline_delimited',"
            f" maximum_object_size={_MAX_BYTES})"
        )
    except _NOT_OF_THE_FILE:
        raise
    except duckdb.Error as error:
        raise bad_file(task.path, "this JSON cannot be read.") from error
    return raw


def _one_spelling(
    con: DuckDBPyConnection, raw: str, keys: Sequence[str]
) -> tuple[dict[str, str], list[str]]:
    """Keys that are another one in other case, never beside it in a record; and all the others."""
    first: dict[str, str] = {}
    same: dict[str, str] = {}
    kept = []
    for key in keys:
        other = first.setdefault(key.casefold(), key)
        if (
            other != key
            and not con.execute(
                f"SELECT 1 FROM {raw} WHERE list_contains(json_keys(j), ?)"
                " AND list_contains(json_keys(j), ?) LIMIT 1",
                [key, other],
            ).fetchone()
        ):
            same[key] = other
        else:
            kept.append(key)
    return same, kept


def _spread(
    task: Reading,
    raw: str,
    names: list[str],
    keys: list[str],
    one_spelling: Mapping[str, str],
) -> dict[str, set[str]]:
    """Make the table of the records in `raw`, a column of text for each key; their JSON types.

    One pass through each record, however many keys there are.

    Args:
        one_spelling: Keys that stand for another one of `keys`.
    """
    con, table = task.con, task.table
    if len({key.casefold() for key in keys}) == len(keys) and not one_spelling:
        structure = quoted_text(json.dumps(dict.fromkeys(keys, "JSON")))
        fields = ", ".join(
            f"struct_extract_at(v, {i}) AS {quoted_name(n)}" for i, n in enumerate(names, 1)
        )
        rows = f"(SELECT from_json(j, {structure}) AS v FROM {raw})"
    else:  # names of a STRUCT in DuckDB may not differ in case alone
        # One list of all values: an expression for each key would parse each record as often.
        values: dict[str, list[str]] = {key: [] for key in keys}
        for i, key in enumerate((*keys, *one_spelling.values()), 1):
            values[key].append(f"nullif(v[{i}], 'null'::JSON)")
        fields = ", ".join(
            f"coalesce({', '.join(values[key])}) AS {quoted_name(n)}"
            for n, key in zip(names, keys, strict=True)
        )
        paths = ", ".join(quoted_text(_pointer(key)) for key in (*keys, *one_spelling))
        rows = f"(SELECT json_extract(j, [{paths}]) AS v FROM {raw})"
    con.execute(f"CREATE TEMP TABLE {raw}_values AS SELECT {fields} FROM {rows}")
    con.execute(f"DROP TABLE {raw}")
    kinds: dict[str, set[str]] = {}
    for some in batches(names):
        # A whole number beyond KQL's long is told apart: as a real it would lose digits.
        asked = ", ".join(
            f"list(DISTINCT CASE WHEN json_type({c}) = 'UBIGINT'"
            f" AND TRY_CAST({c} AS BIGINT) IS NULL THEN 'HUGEINT' ELSE json_type({c}) END)"
            for c in map(quoted_name, some)
        )
        answer = con.execute(f"SELECT {asked} FROM {raw}_values").fetchone() or ()
        kinds |= {n: set(known or ()) - {None} for n, known in zip(some, answer, strict=True)}
    texts = ", ".join(f"json_extract_string({c}, '$') AS {c}" for c in map(quoted_name, names))
    con.execute(f"CREATE TEMP TABLE {table} AS SELECT {texts} FROM {raw}_values")
    con.execute(f"DROP TABLE {raw}_values")
    return kinds


def _pointer(key: str) -> str:
    """The key as a JSON pointer (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _read_parquet(task: Reading) -> Source:
    con, path, table = task.con, task.path, task.table
    link = _plainly_named(path, task.folder / f"{table}.parquet")
    try:
        relation = con.sql(f"SELECT * FROM read_parquet({quoted_text(str(link))})")
        names, notes = _named(task, relation.columns)
        kinds = dict(zip(names, (str(kind) for kind in relation.types), strict=True))
        fields = ", ".join(
            f"{quoted_name(old)} AS {quoted_name(new)}" for new, old in names.items()
        )
        con.execute(
            f"CREATE TEMP TABLE {table} AS"
            f" SELECT {fields} FROM read_parquet({quoted_text(str(link))})"
        )
    except _NOT_OF_THE_FILE:
        raise
    except (duckdb.Error, RuntimeError) as error:  # RuntimeError: a name that is no UTF-8
        raise bad_file(path, "this is not a readable Parquet file.") from error
    types: dict[str, KqlType | None] = {name: kql_type(kind) for name, kind in kinds.items()}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    for name in [n for n in TIME_COLUMNS if n in texts]:
        types[name] = KqlType.DATETIME
    return Source(path, table, names, types, lambda row: None, kinds, notes=notes)
