"""CSV in a temporary table of text."""

from __future__ import annotations

from pathlib import Path

import duckdb

from soc_tui.model.sql_text import quoted_text
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.log_import import text_files
from soc_tui.workspaces.local.log_import.readers.source import (
    MAX_LINE_BYTES,
    NOT_OF_THE_FILE,
    Reading,
    Source,
    named,
    plainly_named,
)
from soc_tui.workspaces.local.log_import.readers.types_of_text import text_types
from soc_tui.workspaces.local.log_import.text_files import bad_file


def read_csv(task: Reading, text: Path) -> Source:
    """Read a CSV in UTF-8.

    Raises:
        FileImportError: it is not well-formed, with its line and column.
        AmbiguousDatesError: day or month first?
    """
    con, path, table = task.con, task.path, task.table
    header = text_files.csv_header(text, path)
    names, notes = named(task, header.cells)
    link = plainly_named(text, task.folder / f"{table}.csv")
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in names)
    options = (
        f"auto_detect=false, header=true, skip={header.line - 1},"
        f" delim={quoted_text(header.delimiter)}, quote='\"', escape='\"', strict_mode=true,"
        # Without buffer_size DuckDB reads 16 of the longest lines at once: a block of 1 GB.
        f" max_line_size={MAX_LINE_BYTES}, buffer_size={MAX_LINE_BYTES}, columns={{{columns}}}"
    )
    reader = f"read_csv({quoted_text(str(link))}, {options}"
    task.stage("Reading", 0.8)
    try:
        con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM {reader})")
    except NOT_OF_THE_FILE:
        raise
    except duckdb.Error as error:
        raise _fault(task, reader, text, list(names)) from error
    task.stage("Finding the types of", 1.0)
    types, orders = text_types(task, list(names), task.given)
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


def _fault(task: Reading, reader: str, text: Path, names: list[str]) -> Exception:
    path = task.path
    with duckdb.connect() as con:
        con.execute("SET memory_limit = '640MB'")
        con.execute(f"SET temp_directory = {quoted_text(str(task.folder / 'spill_of_fault'))}")
        try:
            con.execute(f"SELECT count(*) FROM {reader}, store_rejects=true, rejects_limit=1)")
            con.execute(
                f"CREATE TEMP TABLE rejected AS SELECT * FROM {reader}, store_rejects=true)"
            )
            fault = con.execute(
                "SELECT byte_position, line_byte_position, column_idx, error_type, error_message"
                " FROM reject_errors ORDER BY line_byte_position, column_idx LIMIT 1"
            ).fetchone()
        except NOT_OF_THE_FILE:
            raise
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
