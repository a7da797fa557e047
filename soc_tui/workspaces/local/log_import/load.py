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
from soc_tui.model.errors import AmbiguousDatesError, FileImportError
from soc_tui.model.wording import number_of
from soc_tui.workspaces.local.duckdb_job import Job
from soc_tui.workspaces.local.import_marks import (
    digest,
    mark_digests,
    mark_missing,
    read_digests,
)
from soc_tui.workspaces.local.log_import.table_choice import KnownTables
from soc_tui.workspaces.local.log_import.times import DateOrder, add_time_functions

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from soc_tui.workspaces.local.log_import.inputs import LogFile
    from soc_tui.workspaces.local.log_import.read_log import Wanted
    from soc_tui.workspaces.local.log_import.readers import Source
    from soc_tui.workspaces.local.log_import.store import Stored

_TABLE_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
_FOLDER = ".soc-tui-import-"
_ABANDONED_SECONDS = 24 * 3600
_MEMORY = "640MB"  # beyond it DuckDB goes on on disk

Progress = Callable[[str, float], None]
"""Told what happens now, and how much is done (0-1)."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        tables: Those that got rows, the most rows first.
        files: Those that were read.
        notes: What was changed on the way, and what was left out, as shown.
    """

    tables: tuple[Stored, ...]
    files: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        """Rows added, over all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def columns(self) -> tuple[Column, ...]:
        """Columns of the table with the most new rows, after the import, with their KQL types."""
        return self.tables[0].columns if self.tables else ()

    @property
    def table(self) -> str:
        """The table with the most new rows; empty where there are none."""
        return self.tables[0].table if self.tables else ""

    @property
    def span(self) -> tuple[dt.datetime, dt.datetime] | None:
        """First and last time in these tables after the import, UTC; None where none has times."""
        spans = [table.span for table in self.tables if table.span is not None]
        if not spans:
            return None
        return min(first for first, _ in spans), max(last for _, last in spans)


@dataclass(frozen=True, slots=True)
class _Options:
    """As the arguments of `import_files`."""

    table: str | None
    columns: Mapping[str, KqlType]
    known: KnownTables
    replace: bool
    dates: DateOrder | None
    time_column: str
    again: bool
    sources: Path | None

    def types(self, table: str) -> Mapping[str, KqlType]:
        """Types known beforehand of a table's columns."""
        if self.columns and table == self.table:
            return self.columns
        return self.known.get(table, {})


@dataclass(frozen=True, slots=True)
class _Import:
    files: tuple[Path, ...]
    options: _Options
    progress: Progress = field(repr=False)
    job: Job = field(repr=False)


def import_files(
    database: Path,
    table: str | None,
    files: Sequence[Path],
    *,
    columns: Mapping[str, KqlType] | None = None,
    known: KnownTables | None = None,
    replace: bool = False,
    dates: DateOrder | None = None,
    time_column: str = "",
    again: bool = False,
    sources: Path | None = None,
    progress: Progress | None = None,
    job: Job | None = None,
) -> ImportReport:
    """Add the rows of log files to the tables that they belong to.

    All or nothing: after an error the database is as it was before. Times without a zone are
    UTC. Blocks; call it in a thread.

    Args:
        database: DuckDB file; made, readable by its owner alone, if missing.
        table: Where all rows go; None to tell by what they are.
        files: Files, folders, archives, or `-` for standard input.
        columns: Types known beforehand, for `table`, by column name.
        known: Columns and types of the catalog's tables.
        replace: Drop the tables' present rows and columns instead of adding to them.
        dates: Which number of 03/11/2026 is the day, where the file does not say.
        time_column: The column that tells when an event was, where the choice made is not right.
        again: Take files that are in the workspace already.
        sources: Folder of the user's own log sources.
        job: Stops the import from another thread; it is an error like any other then.

    Raises:
        FileImportError: a bad file (with line and column where there are any), a bad table name,
            types that do not fit the table that is there, or a database in use.
        AmbiguousDatesError: `dates` is needed.
        ConfigError: a log source of the user's cannot be used.
    """
    if table is not None and not re.fullmatch(_TABLE_NAME, table):
        raise FileImportError(
            f"{table!r} is not a valid table name.",
            "Use letters, digits and underscores, not starting with a digit.",
            "Choose another name, for example SigninLogs.",
        )
    if not files:
        raise FileImportError("No file to import.", next_step="Enter one or more files.")
    options = _Options(
        table, columns or {}, known or {}, replace, dates, time_column, again, sources
    )
    task = _Import(tuple(files), options, progress or (lambda text, share: None), job or Job())
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
            # Read before the transaction: rows written inside one have no row numbers yet.
            with task.job.on(con):
                read = _read(con, task, folder)
            con.execute("BEGIN")
            try:
                with task.job.on(con):
                    report = _fill(con, task, read)
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
            "memory_limit": _MEMORY,
        },
    )
    try:
        con.execute("SET TimeZone = 'UTC'")
        add_time_functions(con)
        yield con
    finally:
        con.close()


@dataclass(slots=True)
class _Read:
    """What was read.

    Attributes:
        sources: By table.
        known: Names by digest of the files that are in the workspace, or were read.
        files: That were read.
        digests: Of the files, by table.
        missing: What files say is missing in them, by table.
    """

    known: dict[str, str]
    sources: dict[str, list[Source]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    digests: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, dict[str, None]] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def _read(con: DuckDBPyConnection, task: _Import, folder: Path) -> _Read:
    from soc_tui.workspaces.local.log_import.inputs import open_up
    from soc_tui.workspaces.local.log_import.normalise.source import load_sources
    from soc_tui.workspaces.local.log_import.read_log import Wanted
    from soc_tui.workspaces.local.log_import.split_into_tables import Splitter
    from soc_tui.workspaces.local.log_import.store import stored_types

    options = task.options

    def given(table: str) -> Mapping[str, KqlType]:
        existing = {} if options.replace else stored_types(con, table)
        return {**options.types(table), **existing}

    inputs = folder / "inputs"
    inputs.mkdir()
    opened = open_up(task.files, inputs)
    sizes = [max(1, file.path.stat().st_size) for file in opened.files]
    rate = _Rate(sum(sizes), task.progress)
    splitter = Splitter(load_sources(options.sources), folder, options.table)
    wanted = Wanted(
        options.table, options.known, given, splitter, folder, rate.events, options.dates
    )
    fresh = options.replace or options.again
    known = {} if fresh else read_digests(con, options.table)
    found = _Read(known, notes=dict.fromkeys(opened.notes))
    for number, (file, size) in enumerate(zip(opened.files, sizes, strict=True)):
        rate.file(file.path.name, size)
        _read_one(con, file, f"source_{number}", wanted, found)
        rate.done()
        if task.job.stopped:
            raise _stopped()
    _read_split(con, task, wanted, found)
    left = [note for note in found.notes if note.startswith("left out")]
    if not found.sources and left and all(one.one_of_many for one in opened.files):
        raise FileImportError("None of the files could be read.", left[0], "Check the files.")
    return found


def _read_one(
    con: DuckDBPyConnection, file: LogFile, temporary: str, wanted: Wanted, found: _Read
) -> None:
    """Add a file to what was found, but one that is known already, or one of many that is bad."""
    from soc_tui.workspaces.local.log_import.read_log import read_log

    name = file.path.name
    mark, known = digest(file.path), found.known
    if mark in known:
        found.notes[f"{name} is in the workspace already (as {known[mark]}): left out"] = None
        return
    try:
        log = read_log(con, file, temporary, wanted)
    except AmbiguousDatesError:
        raise
    except FileImportError as error:
        if not file.one_of_many:
            raise
        found.notes[f"left out: {error.what}"] = None
        return
    known[mark] = name
    found.files.append(file.path)
    found.notes |= dict.fromkeys(log.notes)
    for table in log.tables:
        sources = found.sources.setdefault(table, [])
        sources += [log.source] if log.source is not None else []
        found.digests.setdefault(table, {})[mark] = name
        found.missing.setdefault(table, {}).update(dict.fromkeys(log.missing))


def _read_split(con: DuckDBPyConnection, task: _Import, wanted: Wanted, found: _Read) -> None:
    """The rows that events became."""
    from soc_tui.workspaces.local.log_import.readers import Reading, read_json

    splitter, folder = wanted.splitter, wanted.folder
    splitter.close()
    for at, (table, lines) in enumerate(splitter.files.items()):
        task.progress(f"Reading rows of {table}", 0.6)
        reading = Reading(
            con, lines, f"split_{at}", folder, wanted.given(table), task.options.dates, lenient=True
        )
        found.sources[table].append(read_json(reading, lines))
        lines.unlink()
    for source, count in splitter.counts.items():
        found.notes[f"{number_of(count, 'file')} read as {source}"] = None


class _Rate:
    """Says how far the reading is, and how fast it goes."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._read, self._size, self._name = 0, 0, ""
        self._since = time.monotonic()

    def file(self, name: str, size: int) -> None:
        """A file begins."""
        self._name, self._size = name, size
        self._progress(f"Reading {name}{self._speed()}", self.share)

    @property
    def share(self) -> float:
        """How much of the import is done."""
        return 0.6 * self._read / self._total

    def done(self) -> None:
        """It ended."""
        self._read += self._size
        self._size = 0

    def events(self, number: int) -> None:
        """So many events of the file are read."""
        seconds = max(time.monotonic() - self._since, 0.001)
        text = f"Reading {self._name}: {number:,} events, {number / seconds:,.0f}/s"
        self._progress(text, self.share)

    def _speed(self) -> str:
        seconds = time.monotonic() - self._since
        return f" ({self._read / seconds / 1e6:.0f} MB/s)" if self._read and seconds > 0.5 else ""


def _fill(con: DuckDBPyConnection, task: _Import, read: _Read) -> ImportReport:
    from soc_tui.workspaces.local.log_import.store import store

    stored: list[Stored] = []
    for index, (table, sources) in enumerate(read.sources.items()):
        task.progress(f"Storing {table}", 0.6 + 0.4 * index / len(read.sources))
        options = task.options
        result = store(
            con, table, sources, options.types(table), options.time_column, replaced=options.replace
        )
        stored.append(result)
        mark_missing(con, table, list(read.missing.get(table, ())))
        mark_digests(con, table, read.digests[table])
    missing = dict.fromkeys(text for texts in read.missing.values() for text in texts)
    notes = dict.fromkeys(note for one in stored for note in one.notes)
    stored.sort(key=lambda one: -one.rows)
    return ImportReport(tuple(stored), tuple(read.files), (*read.notes, *missing, *notes))


def _database_error(database: Path, error: Exception) -> FileImportError:
    import duckdb

    text = str(error)
    if isinstance(error, duckdb.OutOfMemoryException):
        return FileImportError(
            "There is not enough memory for this import.",
            f"DuckDB takes {_MEMORY} and puts the rest on the disk. Nothing was imported.",
            "Check the free disk space beside the database, or import the file in parts.",
        )
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
