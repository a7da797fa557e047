"""Exported files read into temporary tables through DuckDB's own readers.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_sandbox import kql_type
from soc_tui.workspaces.local.log_import import column_types, text_files
from soc_tui.workspaces.local.log_import.text_files import bad_file, no_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLE_ROWS = 5_000
_BATCH = 20
_MAX_BYTES = text_files.MAX_FIELD_CHARS


@dataclass(frozen=True, slots=True)
class Source:
    """One file, read into a temporary table.

    Attributes:
        table: The temporary table; text columns are VARCHAR as they stood in the file.
        names: Name in the file by cleaned name, in order.
        types: KQL type by cleaned name: declared by the file, or read off its values; None for a
            column without values.
        line: 1-based line in the file of a 0-based row, or None where lines mean nothing.
        stored: DuckDB type by cleaned name where the file has types of its own (Parquet).
        notes: What the file itself says is missing in it.
    """

    path: Path
    table: str
    names: Mapping[str, str]
    types: Mapping[str, KqlType | None]
    line: Callable[[int], int | None]
    stored: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def is_text(self, column: str) -> bool:
        """True when the column holds text that is still to be converted."""
        return self.stored.get(column, "VARCHAR") == "VARCHAR"


@dataclass(frozen=True, slots=True)
class _Task:
    con: DuckDBPyConnection
    path: Path
    table: str
    folder: Path
    given: Mapping[str, KqlType]


def read_source(
    con: DuckDBPyConnection, path: Path, table: str, folder: Path, given: Mapping[str, KqlType]
) -> Source:
    """Read one file into the temporary table `table`.

    Args:
        folder: Private folder for copies in UTF-8.
        given: Types known beforehand, which need not be read off the values.

    Raises:
        FileImportError: the file cannot be read, with its line and column where there are any.
    """
    if not path.is_file():
        raise no_file(path)
    task = _Task(con, path, table, folder, given)
    suffixes = [suffix.casefold() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = "".join(suffixes[:-1][-1:] if packed else suffixes[-1:])
    if kind in (".parquet", ".pq") and not packed:
        return _read_parquet(task)
    if kind in (".csv", ".tsv", ".txt"):
        return _read_csv(task, text_files.as_utf8(path, folder / f"{table}.utf8.csv"))
    if kind in (".json", ".jsonl", ".ndjson"):
        return _read_json(task, text_files.as_utf8(path, folder / f"{table}.utf8.json"))
    raise bad_file(
        path,
        "files of this kind are not imported.",
        "Use CSV, TSV, JSON, JSONL or Parquet (text also as .gz).",
    )


def _plainly_named(path: Path, link: Path) -> Path:
    """The same file under a name without characters that DuckDB's readers take for a pattern."""
    packed = path.suffix.casefold() == ".gz"
    link = link.with_name(link.name + ".gz") if packed else link
    try:
        link.symlink_to(path.resolve())
    except OSError:  # no symbolic links there (Windows without the privilege)
        shutil.copyfile(path, link)
    return link


def _cleaned(path: Path, names: list[str], line: int | None = None) -> dict[str, str]:
    found: dict[str, str] = {}
    folded: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        clean = column_types.clean_name(name)
        if not clean:
            raise bad_file(path, f"column {number} has no usable name.", line=line, column=number)
        if clean.casefold() in folded:
            raise bad_file(
                path,
                f"{folded[clean.casefold()]!r} and {name!r} are both the column {clean}.",
                "Rename one of them; names that differ only in case are the same here.",
                line=line,
                column=number,
            )
        folded[clean.casefold()] = name
        found[clean] = name
    return found


def _read_csv(task: _Task, text: Path) -> Source:
    con, path, table = task.con, task.path, task.table
    header = text_files.csv_header(text, path)
    names = _cleaned(path, header.cells, header.line)
    link = _plainly_named(text, task.folder / f"{table}.csv")
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in names)
    options = (
        f"auto_detect=false, header=true, skip={header.line - 1},"
        f" delim={quoted_text(header.delimiter)}, quote='\"', escape='\"', strict_mode=true,"
        f" max_line_size={_MAX_BYTES}, columns={{{columns}}}"
    )
    reader = f"read_csv({quoted_text(str(link))}, {options}"
    try:
        con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {reader})")
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise _csv_fault(reader, text, path, list(names)) from error
    return Source(
        path,
        table,
        names,
        _text_types(con, table, list(names), task.given),
        lambda row: text_files.csv_line(text, row + header.line, header.delimiter),
    )


def _csv_fault(reader: str, text: Path, path: Path, names: list[str]) -> Exception:
    if text_files.undecodable_place(text):
        return text_files.not_utf8(text, path)
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
    con: DuckDBPyConnection, table: str, names: list[str], given: Mapping[str, KqlType]
) -> dict[str, KqlType | None]:
    """Types read off the values of text columns: tried on a sample, then held against all rows."""
    types: dict[str, KqlType | None] = {name: given[name] for name in names if name in given}
    types |= {n: KqlType.DATETIME for n in names if n in TIME_COLUMNS}
    open_names = [name for name in names if name not in types]
    tries = {name: column_types.guesses(name) for name in open_names}
    sample = f"(SELECT * FROM {table} LIMIT {_SAMPLE_ROWS})"
    for rows in (sample, table):
        answer: dict[tuple[str, KqlType], bool | None] = {}
        for some in batches(open_names):
            answer |= _fitting(con, rows, {name: tries[name] for name in some})
        tries = {
            name: tuple(k for k in kinds if answer[name, k] is not False)
            for name, kinds in tries.items()
        }
    for name in open_names:
        valued = _has_values(con, table, name)
        types[name] = (tries[name][0] if tries[name] else KqlType.STRING) if valued else None
    return {name: types[name] for name in names}


def batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """The names, some at a time: DuckDB's memory and time for one SELECT of many aggregates grow
    with their square (1,500 took 2 GB, of a table of one row)."""
    return (names[at : at + _BATCH] for at in range(0, len(names), _BATCH))


def _has_values(con: DuckDBPyConnection, table: str, name: str) -> bool:
    """True when any cell of the column is neither null nor empty."""
    sql = f"SELECT 1 FROM {table} WHERE {quoted_name(name)} <> '' LIMIT 1"
    return con.execute(sql).fetchone() is not None


def _fitting(
    con: DuckDBPyConnection, rows: str, tries: Mapping[str, tuple[KqlType, ...]]
) -> dict[tuple[str, KqlType], bool | None]:
    keys = [(name, kind) for name, kinds in tries.items() for kind in kinds]
    if not keys:
        return {}
    checks = ", ".join(
        f"bool_and({column_types.fits(kind, quoted_name(name))}) FILTER ({quoted_name(name)} <> '')"
        for name, kind in keys
    )
    values = con.execute(f"SELECT {checks} FROM {rows}").fetchone() or ()
    return dict(zip(keys, values, strict=True))


def _read_json(task: _Task, text: Path) -> Source:
    con, path, table = task.con, task.path, task.table
    if text_files.undecodable_place(text):
        raise text_files.not_utf8(text, path)
    shape = text_files.json_shape(text)
    declared: dict[str, KqlType] = {}
    notes: tuple[str, ...] = ()
    lines, in_file = text, shape == "lines"
    if shape == "document":
        lines = task.folder / f"{table}.records.jsonl"
        declared, notes = text_files.unwrap(text, path, lines)
    raw = _raw_records(task, lines, by_line=shape != "array")

    def line(row: int) -> int | None:
        return text_files.json_record_line(lines, row) if in_file else None

    odd = con.execute(
        f"SELECT rowid FROM {raw} WHERE json_type(j) <> 'OBJECT' ORDER BY rowid LIMIT 1"
    ).fetchone()
    if odd is not None:
        what = f"record {odd[0] + 1} is not a JSON object."
        raise bad_file(path, what, line=line(odd[0]), column=1 if in_file else None)
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
    names = _cleaned(path, keys)
    kinds = _spread(con, raw, table, list(names), keys)
    types = {n: declared[key] for n, key in names.items() if key in declared} | dict(task.given)
    for name, found in kinds.items():
        known = column_types.json_kind(found)
        if known is not None:
            types.setdefault(name, known)
    # Digits in quotes were written as text on purpose: ask only for times and nested JSON.
    texts = _text_types(con, table, list(names), types)
    wanted = (None, KqlType.DATETIME, KqlType.DYNAMIC)
    final = {n: k if n in types or k in wanted else KqlType.STRING for n, k in texts.items()}
    return Source(path, table, names, final, line, notes=notes)


def _raw_records(task: _Task, lines: Path, *, by_line: bool) -> str:
    """The temporary table with each record as JSON in its column `j`."""
    raw = f"{task.table}_raw"

    def read(path: Path, form: str) -> str:
        link = _plainly_named(path, task.folder / f"{task.table}.{form}.json")
        task.con.execute(
            f"CREATE TEMP TABLE {raw} AS SELECT json AS j FROM read_json_objects("
            f"{quoted_text(str(link))}, format='{form}', maximum_object_size={_MAX_BYTES})"
        )
        return raw

    try:
        return read(lines, "newline_delimited" if by_line else "array")
    except duckdb.InterruptException:
        raise
    except duckdb.Error:
        values = text_files.parsed(lines, task.path, by_line=by_line)
        # Python reads it: most likely half a surrogate pair, which Windows file names may have.
        again = task.folder / f"{task.table}.again.jsonl"
        text_files.write_records(values if by_line else next(values), again)
    try:
        return read(again, "newline_delimited")
    except duckdb.InterruptException:
        raise
    except duckdb.Error as error:
        raise bad_file(task.path, "this JSON cannot be read.") from error


def _spread(
    con: DuckDBPyConnection, raw: str, table: str, names: list[str], keys: list[str]
) -> dict[str, set[str]]:
    """Make `table` of the records in `raw`, a column of text for each key; their JSON types.

    One pass through each record, however many keys there are.
    """
    structure = quoted_text(json.dumps(dict.fromkeys(keys, "JSON")))
    fields = ", ".join(
        f"struct_extract_at(v, {i}) AS {quoted_name(n)}" for i, n in enumerate(names, 1)
    )
    con.execute(
        f"CREATE TEMP TABLE {raw}_values AS SELECT {fields}"
        f" FROM (SELECT from_json(j, {structure}) AS v FROM {raw})"
    )
    con.execute(f"DROP TABLE {raw}")
    kinds: dict[str, set[str]] = {}
    for some in batches(names):
        # A whole number beyond KQL's long is told apart: as a real it would lose digits.
        found = ", ".join(
            f"list(DISTINCT CASE WHEN json_type({c}) = 'UBIGINT'"
            f" AND TRY_CAST({c} AS BIGINT) IS NULL THEN 'HUGEINT' ELSE json_type({c}) END)"
            for c in map(quoted_name, some)
        )
        answer = con.execute(f"SELECT {found} FROM {raw}_values").fetchone() or ()
        kinds |= {n: set(known or ()) - {None} for n, known in zip(some, answer, strict=True)}
    texts = ", ".join(f"json_extract_string({c}, '$') AS {c}" for c in map(quoted_name, names))
    con.execute(f"CREATE TEMP TABLE {table} AS SELECT {texts} FROM {raw}_values")
    con.execute(f"DROP TABLE {raw}_values")
    return kinds


def _read_parquet(task: _Task) -> Source:
    con, path, table = task.con, task.path, task.table
    link = _plainly_named(path, task.folder / f"{table}.parquet")
    try:
        relation = con.sql(f"SELECT * FROM read_parquet({quoted_text(str(link))})")
        names = _cleaned(path, relation.columns)
        kinds = dict(zip(names, (str(kind) for kind in relation.types), strict=True))
        fields = ", ".join(
            f"{quoted_name(old)} AS {quoted_name(new)}" for new, old in names.items()
        )
        con.execute(
            f"CREATE TEMP TABLE {table} AS"
            f" SELECT {fields} FROM read_parquet({quoted_text(str(link))})"
        )
    except duckdb.InterruptException:
        raise
    except (duckdb.Error, RuntimeError) as error:  # RuntimeError: a name that is no UTF-8
        raise bad_file(path, "this is not a readable Parquet file.") from error
    types: dict[str, KqlType | None] = {name: kql_type(kind) for name, kind in kinds.items()}
    texts = [name for name, kind in kinds.items() if kind == "VARCHAR"]
    for name in [n for n in TIME_COLUMNS if n in texts]:
        types[name] = KqlType.DATETIME
    return Source(path, table, names, types, lambda row: None, kinds)
