"""JSON of any layout in a temporary table of text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.model.catalog import KqlType
from soc_tui.model.sql_text import quoted_name, quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.log_import.column_types import is_moment, json_kind
from soc_tui.workspaces.local.log_import.json_records import (
    Unwrapped,
    layout,
    read_records,
    record_line,
    write_records,
)
from soc_tui.workspaces.local.log_import.readers.source import (
    MAX_LINE_BYTES,
    NOT_OF_THE_FILE,
    Reading,
    Source,
    batches,
    named,
    plainly_named,
)
from soc_tui.workspaces.local.log_import.readers.types_of_text import text_types
from soc_tui.workspaces.local.log_import.text_files import bad_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def read_json(task: Reading, text: Path) -> Source:
    """Read JSON in UTF-8 of any layout.

    Raises:
        FileImportError: it cannot be read, with its line and column where there are any.
        AmbiguousDatesError: day or month first?
    """
    con, path, table = task.con, task.path, task.table
    found = Unwrapped()
    task.stage("Reading", 0.4)
    shape = layout(text)
    if shape == "other":
        raw = _raw_again(task, text, found)
    else:
        raw = _raw_records(task, text, found, by_line=shape == "lines")

    def line(row: int) -> int | None:
        return record_line(text, row) if shape == "lines" else None

    odd = con.execute(f"SELECT min(first) FROM {raw}_shapes WHERE kind <> 'OBJECT'").fetchone() or (
        None,
    )
    if odd[0] is not None:
        what = f"record {odd[0] + 1} is not a JSON object."
        raise bad_file(path, what, line=line(odd[0]), column=1 if shape == "lines" else None)
    task.stage("Finding the columns of", 0.7)
    keys = [
        str(key)
        for key, _ in con.execute(
            "SELECT key, min(place) FROM (SELECT unnest(keys) AS key,"
            f" first * 10000 + generate_subscripts(keys, 1) AS place FROM {raw}_shapes)"
            " GROUP BY key ORDER BY min(place)"
        ).fetchall()
    ]
    if not keys:
        raise bad_file(path, "it contains no records.", line=1, column=1)
    one_spelling, kept = _one_spelling(con, raw, keys)
    names, notes = named(task, kept)
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
    task.stage("Finding the types of", 1.0)
    texts, orders = text_types(task, list(names), types)
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
    link = plainly_named(lines, task.folder / f"{task.table}.plain.json")
    form = "newline_delimited" if by_line else "array"
    try:
        task.con.execute(
            f"CREATE TEMP TABLE {raw} AS SELECT json AS j FROM read_json_objects("
            f"{quoted_text(str(link))}, format='{form}', maximum_object_size={MAX_LINE_BYTES})"
        )
        _shapes(task.con, raw)
    except NOT_OF_THE_FILE:
        raise
    except duckdb.Error:
        # Python reads it: most likely half a surrogate pair, which Windows file names may have.
        return _raw_again(task, lines, found)
    twice = task.con.execute(
        f"SELECT 1 FROM {raw}_shapes WHERE len(keys) <> len(list_distinct(keys)) LIMIT 1"
    ).fetchone()
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
            f" maximum_object_size={MAX_LINE_BYTES})"
        )
        _shapes(task.con, raw)
    except NOT_OF_THE_FILE:
        raise
    except duckdb.Error as error:
        raise bad_file(task.path, "this JSON cannot be read.") from error
    return raw


def _shapes(con: DuckDBPyConnection, raw: str) -> None:
    """Make the temporary table of the sets of keys that records have, with the first row of each:
    one pass through the records, of which logs have few kinds."""
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE {raw}_shapes AS SELECT keys, kind, min(row) AS first FROM"
        " (SELECT keys, row, CASE WHEN len(keys) > 0 THEN 'OBJECT' ELSE json_type(j) END AS kind"
        f" FROM (SELECT j, json_keys(j) AS keys, rowid AS row FROM {raw})) GROUP BY keys, kind"
    )


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
                f"SELECT 1 FROM {raw}_shapes WHERE list_contains(keys, ?)"
                " AND list_contains(keys, ?) LIMIT 1",
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
    con.execute(f"DROP TABLE {raw}_shapes")
    return kinds


def _pointer(key: str) -> str:
    """The key as a JSON pointer (RFC 6901)."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
