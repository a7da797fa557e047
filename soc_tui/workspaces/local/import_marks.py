"""What imports left to know of a table, kept as the comment on it in the DuckDB file.

What is missing in it, which files it holds already, and which column its times are from.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc_tui.model.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEY = "missing"
_FILES = "files"
_TIME = "time"
_MOST = 20
_MOST_FILES = 5_000


def mark_missing(con: DuckDBPyConnection, table: str, missing: Sequence[str]) -> None:
    """Add to what is known to be missing in a table; a table that is made anew has no comment."""
    if not missing:
        return
    mark = _mark_of(con, table)
    known = dict.fromkeys((*_texts(mark), *missing))
    _write(con, table, {**mark, _KEY: list(known)[:_MOST]})


def digest(path: Path) -> str:
    """What tells a file from any other by its bytes, whatever its name."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:32]


def mark_digests(con: DuckDBPyConnection, table: str, digests: Mapping[str, str]) -> None:
    """Add to the files that a table holds: names by digest."""
    mark = _mark_of(con, table)
    known = {**_files(mark), **digests}
    _write(con, table, {**mark, _FILES: dict(list(known.items())[-_MOST_FILES:])})


def mark_time(con: DuckDBPyConnection, table: str, column: str) -> None:
    """Keep which column TimeGenerated is filled from."""
    _write(con, table, {**_mark_of(con, table), _TIME: column})


def read_time_mark(con: DuckDBPyConnection, table: str) -> str:
    """The column that TimeGenerated is filled from; empty where it was in the files."""
    return str(_mark_of(con, table).get(_TIME, ""))


def read_digests(con: DuckDBPyConnection, table: str | None) -> dict[str, str]:
    """Names of imported files by digest: those in a table, or in any."""
    found = con.execute(
        "SELECT table_name, comment FROM duckdb_tables() WHERE comment IS NOT NULL"
        " AND database_name = current_database() AND schema_name = 'main'"
    ).fetchall()
    files: dict[str, str] = {}
    for name, comment in found:
        if table is None or name == table:
            files |= _files(_mark(comment))
    return files


def _files(mark: Mapping[str, Any]) -> dict[str, str]:
    files = mark.get(_FILES)
    return {str(k): str(v) for k, v in files.items()} if isinstance(files, dict) else {}


def _mark_of(con: DuckDBPyConnection, table: str) -> dict[str, Any]:
    comment = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = ?"
        " AND database_name = current_database() AND schema_name = 'main'",
        [table],
    ).fetchone()
    return _mark(comment[0] if comment else None)


def _write(con: DuckDBPyConnection, table: str, mark: Mapping[str, Any]) -> None:
    con.execute(f"COMMENT ON TABLE {quoted_name(table)} IS {quoted_text(json.dumps(mark))}")


def read_missing(con: DuckDBPyConnection, database: str) -> dict[str, tuple[str, ...]]:
    """By table, what is known to be missing; tables without any are left out."""
    found = con.execute(
        "SELECT table_name, comment FROM duckdb_tables()"
        " WHERE database_name = ? AND schema_name = 'main' AND comment IS NOT NULL",
        [database],
    ).fetchall()
    marks = {table: _texts(_mark(comment)) for table, comment in found}
    return {table: texts for table, texts in marks.items() if texts}


def _mark(comment: str | None) -> dict[str, Any]:
    try:
        mark = json.loads(comment or "{}")
    except (ValueError, RecursionError):
        return {}
    return mark if isinstance(mark, dict) else {}


def _texts(mark: dict[str, Any]) -> tuple[str, ...]:
    texts = mark.get(_KEY)
    return tuple(map(str, texts[:_MOST])) if isinstance(texts, list) else ()
