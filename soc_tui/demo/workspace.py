"""The demo workspace's file: made when missing, brought up to date when old."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.config.temporaries import owned_folder
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import WorkspaceError

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

VERSION = 3
"""Raise it with every change of the content: older files are then rebuilt."""

FRESH = dt.timedelta(minutes=2)
"""A week that ended less than this ago is left as it is."""

_MARKED = "SigninLogs"
_NEXT_STEP = "Delete the file, or choose another data folder with SOC_TUI_HOME."


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a demo file says of itself, as the comment on one of its tables.

    Attributes:
        anchor: End of its week, UTC.
    """

    version: int
    seed: int
    anchor: dt.datetime


def ensure_demo(
    path: Path,
    *,
    seed: int = 7,
    now: dt.datetime | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> None:
    """Have a demo workspace at `path` whose week ends at `now`.

    Makes the file when it is missing, of another seed or of another version of the generator (a
    few seconds); else moves its times (a fraction of a second). Either way the new file takes the
    old one's place in one step, so that queries of other processes go on undisturbed. Where
    another process is writing to the file, it is left as it is.

    Args:
        now: End of the week, UTC; the wall clock by default.
        progress: Told what is being made and the share done (0 to 1), while a file is generated.

    Raises:
        WorkspaceError: the folder or the file cannot be written, or it is no demo workspace.
    """
    end = (now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _generate(path, seed, end, progress)
            return
        _refresh(path, seed, end, progress)
    except OSError as error:
        raise WorkspaceError(
            f"The demo workspace {path} cannot be written.", error.strerror or "", _NEXT_STEP
        ) from error


def _refresh(
    path: Path, seed: int, end: dt.datetime, progress: Callable[[str, float], None] | None
) -> None:
    if not _settled(path):
        return
    with _open_shared(path) as con:
        if con is None:
            return
        mark = _read_mark(con, path)
        if mark.version == VERSION and mark.seed == seed:
            if abs(end - mark.anchor) >= FRESH:
                _shift(path, end)
            return
    _generate(path, seed, end, progress)


def _settled(path: Path) -> bool:
    """Fold what a writer that died left in the write-ahead log into the file; False when busy.

    A log of the old file beside the new one would make DuckDB refuse the new one.
    """
    import duckdb

    if not path.with_name(f"{path.name}.wal").exists():
        return True
    try:
        duckdb.connect(str(path)).close()
    except (duckdb.IOException, duckdb.ConnectionException) as error:
        if _busy(error):
            return False
        raise _unreadable(path) from error
    return True


def _unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        f"The demo workspace {path} cannot be opened.", "It is no DuckDB file.", _NEXT_STEP
    )


@contextlib.contextmanager
def _open_shared(path: Path) -> Iterator[DuckDBPyConnection | None]:
    """The file opened read-only, which keeps writers out; None when a writer has it already."""
    import duckdb

    try:
        con = duckdb.connect(str(path), read_only=True)
    except (duckdb.IOException, duckdb.ConnectionException) as error:
        if _busy(error):
            yield None
            return
        raise _unreadable(path) from error
    try:
        yield con
    finally:
        con.close()


def _busy(error: Exception) -> bool:
    text = str(error).lower()
    return "could not set lock" in text or "different configuration" in text


def _read_mark(con: DuckDBPyConnection, path: Path) -> _Mark:
    found_rows = con.execute(
        "SELECT comment FROM duckdb_tables() WHERE table_name = ? AND NOT internal", [_MARKED]
    ).fetchall()
    try:
        found = json.loads(found_rows[0][0] or "" if found_rows else "")
        return _Mark(
            int(found["version"]), int(found["seed"]), dt.datetime.fromisoformat(found["anchor"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise WorkspaceError(
            f"{path} is no demo workspace.", "It does not say which week it holds.", _NEXT_STEP
        ) from error


def _write_mark(con: DuckDBPyConnection, mark: _Mark) -> None:
    text = json.dumps(
        {"version": mark.version, "seed": mark.seed, "anchor": mark.anchor.isoformat()}
    )
    con.execute(f"COMMENT ON TABLE {_MARKED} IS '{text}'")


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to build at; takes its place when the block ends well. Mode 0600."""
    with owned_folder(".soc-tui-demo-", path.parent) as folder:
        building = folder / path.name
        yield building
        building.chmod(0o600)
        os.replace(building, path)  # noqa: PTH105


def _generate(
    path: Path, seed: int, end: dt.datetime, progress: Callable[[str, float], None] | None
) -> None:
    import duckdb

    from soc_tui.demo import columns, content
    from soc_tui.guardrails.catalog import load_catalog

    catalog = load_catalog()
    tell = progress or (lambda _text, _share: None)
    tell("Making the demo workspace", 0.0)
    with _replacing(path) as building, contextlib.closing(duckdb.connect(str(building))) as con:
        con.execute("SET threads = 2")
        for number, (name, generated) in enumerate(content.tables(seed)):
            spec = _spec(catalog, name)
            rows = columns.arrow_table(spec, generated, end)
            _store(con, spec, rows)
            tell(f"{name}: {rows.num_rows:,} rows", (number + 1) / (content.TABLE_COUNT + 1))
        _write_mark(con, _Mark(VERSION, seed, end))
        con.close()
    tell("The demo workspace is ready", 1.0)


def _spec(catalog: Catalog, name: str) -> TableSpec:
    spec = catalog.table(name)
    if spec is None:
        raise WorkspaceError(
            "The demo workspace cannot be made.", f"The catalog has no table {name}."
        )
    return spec


def _store(con: DuckDBPyConnection, spec: TableSpec, rows: pa.Table) -> None:
    from soc_tui.demo.columns import DUCKDB_TYPES

    listed = ", ".join(f'"{column.name}" {DUCKDB_TYPES[column.type]}' for column in spec.columns)
    con.execute(f'CREATE TABLE "{spec.name}" ({listed})')
    con.register("generated", rows)
    con.execute(f'INSERT INTO "{spec.name}" SELECT * FROM generated')
    con.unregister("generated")


def _shift(path: Path, end: dt.datetime) -> None:
    """Move every time of a copy by the same step and put the copy in the file's place."""
    import duckdb

    with _replacing(path) as building:
        shutil.copyfile(path, building)
        with contextlib.closing(duckdb.connect(str(building))) as con:
            mark = _read_mark(con, path)
            step = (end - mark.anchor) // dt.timedelta(microseconds=1)
            con.execute("SET threads = 2")
            con.execute("BEGIN")
            for table, names in _time_columns(con).items():
                moves = ", ".join(f'"{n}" = "{n}" + to_microseconds({step})' for n in names)
                con.execute(f'UPDATE "{table}" SET {moves}')
            _write_mark(con, _Mark(mark.version, mark.seed, end))
            con.execute("COMMIT")


def _time_columns(con: DuckDBPyConnection) -> dict[str, list[str]]:
    """Columns to move, by table; tables that somebody imported beside ours stay as they are."""
    from soc_tui.guardrails.catalog import load_catalog

    ours = set(load_catalog().tables)
    found: dict[str, list[str]] = {}
    for table, column in con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() "
        "WHERE NOT internal AND data_type = 'TIMESTAMP' ORDER BY table_name, column_index"
    ).fetchall():
        if table in ours:
            found.setdefault(table, []).append(column)
    return found
