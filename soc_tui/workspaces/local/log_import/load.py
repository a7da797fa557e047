"""Loads exported logs into a DuckDB file, for hunting with KQL and no cloud."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.model.sql_text import quoted_name
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.duckdb_job import Job
from soc_tui.workspaces.local.import_marks import mark_missing

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from soc_tui.workspaces.local.log_import.readers import Source

_FOLDER = ".soc-tui-import-"
_ABANDONED_SECONDS = 24 * 3600

Progress = Callable[[str, float], None]
"""Told what happens now, and how much is done (0-1)."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        rows: Rows added.
        columns: Columns of the table after the import, with their KQL types.
        notes: What was changed on the way (names of columns), as shown.
        span: First and last time in the table after the import, UTC; None where it has no times.
    """

    table: str
    rows: int
    columns: tuple[Column, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()
    span: tuple[dt.datetime, dt.datetime] | None = None


@dataclass(frozen=True, slots=True)
class _Import:
    table: str
    files: tuple[Path, ...]
    given: Mapping[str, KqlType]
    replace: bool
    progress: Progress = field(repr=False)
    job: Job = field(repr=False)


def import_files(
    database: Path,
    table: str,
    files: Sequence[Path],
    *,
    columns: Mapping[str, KqlType] | None = None,
    replace: bool = False,
    progress: Progress | None = None,
    job: Job | None = None,
) -> ImportReport:
    """Add the rows of exported files (CSV, TSV, JSON, JSONL, Parquet; text also .gz) to a table.

    All or nothing: after an error the database is as it was before. Times without a zone are
    UTC. Blocks; call it in a thread.

    Args:
        database: DuckDB file; made, readable by its owner alone, if missing.
        columns: Types known beforehand (the catalog's), by column name.
        replace: Drop the table's present rows and columns instead of adding to them.
        job: Stops the import from another thread; it is an error like any other then.

    Raises:
        FileImportError: a bad file (with line and column where there are any), a bad table name,
            types that do not fit the table that is there, or a database in use.
    """
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", table):
        raise FileImportError(
            f"{table!r} is not a valid table name.",
            "Use letters, digits and underscores, not starting with a digit.",
            "Choose another name, for example SigninLogs.",
        )
    if not files:
        raise FileImportError("No file to import.", next_step="Enter one or more files.")
    task = _Import(
        table,
        tuple(files),
        dict(columns or {}),
        replace,
        progress or (lambda text, share: None),
        job or Job(),
    )
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        _clear(database.parent)
        with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=database.parent) as folder:
            return _import(database, task, Path(folder))
    except OSError as error:
        raise FileImportError(
            f"The database {database} cannot be written.",
            f"{error.strerror or type(error).__name__}.",
            "Check the free space and the permissions of its folder.",
        ) from error


def _clear(parent: Path) -> None:
    """Delete what imports left behind that were killed: copies of logs."""
    for left in parent.glob(f"{_FOLDER}*"):
        with contextlib.suppress(FileNotFoundError):  # that import has just ended
            if time.time() - left.stat().st_mtime > _ABANDONED_SECONDS:
                shutil.rmtree(left, ignore_errors=True)


def _import(database: Path, task: _Import, folder: Path) -> ImportReport:
    import duckdb

    existed = database.exists()
    target = database if existed else folder / "new.duckdb"
    try:
        with _writer(target, folder) as con:
            existing = {} if task.replace else _stored_types(con, task.table)
            # Read before the transaction: rows written inside one have no row numbers yet.
            with task.job.on(con):
                sources = _read(con, task, folder, {**task.given, **existing})
            con.execute("BEGIN")
            try:
                with task.job.on(con):
                    report = _fill(con, task, sources, existing)
                if task.job.stopped:
                    raise _stopped()
                con.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # the first error is the one to tell
                    con.execute("ROLLBACK")
                raise
            con.execute("CHECKPOINT")
    except duckdb.Error as error:
        raise (_stopped() if task.job.stopped else _database_error(database, error)) from error
    target.chmod(0o600)
    if not existed:
        target.replace(database)
    task.progress("Done", 1.0)
    return report


def _stopped() -> FileImportError:
    return FileImportError("The import was stopped.", "Nothing was imported.")


@contextlib.contextmanager
def _writer(path: Path, folder: Path) -> Iterator[DuckDBPyConnection]:
    import duckdb

    con = duckdb.connect(
        str(path),
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "temp_directory": str(folder / "spill"),
        },
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


def _read(
    con: DuckDBPyConnection, task: _Import, folder: Path, given: Mapping[str, KqlType]
) -> list[Source]:
    from soc_tui.workspaces.local.log_import.readers import read_source

    sources = []
    for index, path in enumerate(task.files):
        task.progress(f"Reading {path.name}", 0.6 * index / len(task.files))
        sources.append(read_source(con, path, f"source_{index}", folder, given))
    return sources


def _fill(
    con: DuckDBPyConnection,
    task: _Import,
    sources: Sequence[Source],
    existing: Mapping[str, KqlType],
) -> ImportReport:
    kinds = _kinds(sources, task.given, existing)
    _create(con, task, kinds, existing)
    rows = 0
    for index, source in enumerate(sources):
        task.progress(f"Storing {source.path.name}", 0.6 + 0.4 * index / len(sources))
        rows += _store(con, task.table, source, kinds)
    mark_missing(con, task.table, [note for source in sources for note in source.notes])
    notes = dict.fromkeys(note for source in sources for note in _notes(source, kinds))
    columns = tuple(Column(name, kind) for name, kind in _stored_types(con, task.table).items())
    return ImportReport(
        task.table, rows, columns, task.files, tuple(notes), _span(con, task.table, columns)
    )


def _notes(source: Source, kinds: Mapping[str, KqlType]) -> Iterator[str]:
    yield from source.notes
    for new, old in source.names.items():
        if new != old:
            zone = re.search(r"\[(.*)\]\s*$", old)
            foreign = kinds[new] is KqlType.DATETIME and zone and zone[1].casefold() != "utc"
            yield f"{old!r} is now {new}" + (", its times read as UTC" if foreign else "")


def _span(
    con: DuckDBPyConnection, table: str, columns: Sequence[Column]
) -> tuple[dt.datetime, dt.datetime] | None:
    times = {column.name for column in columns if column.type is KqlType.DATETIME}
    name = next((name for name in TIME_COLUMNS if name in times), None)
    if name is None:
        return None
    sql = f"SELECT min({quoted_name(name)}), max({quoted_name(name)}) FROM {quoted_name(table)}"
    first, last = con.execute(sql).fetchone() or (None, None)
    if first is None:
        return None
    return first.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC)


def _stored_types(con: DuckDBPyConnection, table: str) -> dict[str, KqlType]:
    from soc_tui.workspaces.local.duckdb_sandbox import kql_type

    rows = con.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ?"
        " AND database_name = current_database() AND schema_name = 'main' ORDER BY column_index",
        [table],
    ).fetchall()
    return {name: kql_type(kind) for name, kind in rows}


def _kinds(
    sources: Sequence[Source], given: Mapping[str, KqlType], existing: Mapping[str, KqlType]
) -> dict[str, KqlType]:
    """Type of every column of the table, in order: those that are there, then the files' own."""
    from soc_tui.workspaces.local.log_import.column_types import merged
    from soc_tui.workspaces.local.log_import.text_files import bad_file

    spelling = {name.casefold(): name for name in existing}
    for source in sources:
        for name in source.names:
            other = spelling.setdefault(name.casefold(), name)
            if other != name:
                raise bad_file(
                    source.path,
                    f"its column {name} is spelled {other} elsewhere.",
                    "KQL is case-sensitive: use one spelling.",
                    line=1,
                    column=list(source.names).index(name) + 1,
                )
    kinds = dict(existing)
    for name in dict.fromkeys(name for source in sources for name in source.names):
        if name in existing:
            continue
        kinds[name] = given.get(name) or merged(s.types[name] for s in sources if name in s.types)
    return kinds


def _create(
    con: DuckDBPyConnection,
    task: _Import,
    kinds: Mapping[str, KqlType],
    existing: Mapping[str, KqlType],
) -> None:
    from soc_tui.workspaces.local.log_import.column_types import STORED

    table = quoted_name(task.table)
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


def _store(
    con: DuckDBPyConnection, table: str, source: Source, kinds: Mapping[str, KqlType]
) -> int:
    _check(con, source, kinds)
    names = ", ".join(quoted_name(name) for name in source.names)
    values = ", ".join(_value(source, name, kinds[name]) for name in source.names)
    answer = con.execute(
        f"INSERT INTO {quoted_name(table)} ({names})"
        f" SELECT {values} FROM {source.table} ORDER BY rowid"
    ).fetchone()
    return int(answer[0]) if answer else 0


def _value(source: Source, name: str, kind: KqlType) -> str:
    from soc_tui.workspaces.local.duckdb_sandbox import StoredColumn, kql_type
    from soc_tui.workspaces.local.log_import.column_types import STORED, converted

    if source.is_text(name):
        return converted(kind, quoted_name(name))
    stored = StoredColumn(name, source.stored[name])
    if stored.duckdb_type == "TIME":
        return converted(kind, f"CAST({quoted_name(name)} AS VARCHAR)")
    if kql_type(stored.duckdb_type) is kind or kind is not KqlType.STRING:
        return f"TRY_CAST({stored.value_sql} AS {STORED[kind]})"
    return f"coalesce(CAST({quoted_name(name)} AS VARCHAR), '')"


def _check(con: DuckDBPyConnection, source: Source, kinds: Mapping[str, KqlType]) -> None:
    """Raise for the first cell that does not fit its column's type."""
    from soc_tui.workspaces.local.log_import.readers import batches
    from soc_tui.workspaces.local.log_import.text_files import bad_file

    strict = [n for n in source.names if kinds[n] not in (KqlType.STRING, KqlType.DYNAMIC)]
    tests = {
        name: f"{quoted_name(name)} IS NOT NULL AND ({_value(source, name, kinds[name])}) IS NULL"
        + (f" AND trim({quoted_name(name)}) <> ''" if source.is_text(name) else "")
        for name in strict
    }
    faults = []
    for some in batches(strict):
        firsts = ", ".join(f"min(rowid) FILTER ({tests[name]})" for name in some)
        answer = con.execute(f"SELECT {firsts} FROM {source.table}").fetchone() or ()
        faults += [(row, name) for row, name in zip(answer, some, strict=True) if row is not None]
    if not faults:
        return
    row, name = min(faults)
    number = list(source.names).index(name) + 1
    raise bad_file(
        source.path,
        f"the cell in row {row + 1} is not a valid {kinds[name].value}.",
        f"The table expects {kinds[name].value} in {name}. Fix the file, or import it into"
        " another table.",
        line=source.line(row),
        column=f"{number} ({name})",
    )


def _database_error(database: Path, error: Exception) -> FileImportError:
    text = str(error)
    if "lock" in text or "Unique file handle conflict" in text or "different configuration" in text:
        return FileImportError(
            f"The database {database} is in use.",
            "Another program, or a running query, has it open.",
            "Import again when it is done.",
        )
    if "not a valid DuckDB" in text:
        return FileImportError(
            f"{database} is not a DuckDB file.", next_step="Choose another file for the database."
        )
    return FileImportError(
        f"The import into {database} failed.",
        f"DuckDB stopped with {type(error).__name__}. Nothing was imported.",
        "Check the free disk space and memory, and that the database is not damaged.",
    )
