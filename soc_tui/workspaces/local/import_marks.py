"""What an import said is missing in a table, kept as the comment on it in the DuckDB file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from soc_tui.model.sql_text import quoted_name, quoted_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_KEY = "missing"
_MOST = 20


def mark_missing(con: DuckDBPyConnection, table: str, missing: Sequence[str]) -> None:
    """Add to what is known to be missing in a table; a table that is made anew has no comment."""
    if not missing:
        return
    comment = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = ?"
        " AND database_name = current_database() AND schema_name = 'main'",
        [table],
    ).fetchone()
    mark = _mark(comment[0] if comment else None)
    known = dict.fromkeys((*_texts(mark), *missing))
    text = json.dumps({**mark, _KEY: list(known)[:_MOST]})
    con.execute(f"COMMENT ON TABLE {quoted_name(table)} IS {quoted_text(text)}")


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
