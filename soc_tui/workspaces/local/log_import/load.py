"""Loads exported logs into a DuckDB file, for hunting with KQL and no cloud.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from soc_tui.config.temporaries import owned_folder, sweep_folders
from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.duckdb_job import Job
from soc_tui.workspaces.local.import_marks import mark_digests, mark_missing, mark_time
from soc_tui.workspaces.local.log_import.import_progress import ImportProgress, Progress, stopped
from soc_tui.workspaces.local.log_import.import_report import ImportReport
from soc_tui.workspaces.local.log_import.inputs import Opened, open_up
from soc_tui.workspaces.local.log_import.read_inputs import ImportOptions, Read, read_inputs
from soc_tui.workspaces.local.log_import.store import Stored, store
from soc_tui.workspaces.local.log_import.table_choice import KnownTables
from soc_tui.workspaces.local.log_import.times import DateOrder, add_time_functions
from soc_tui.workspaces.local.writing import database_error, writer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TABLE_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,127}"
_FOLDER = ".soc-tui-import-"
_LIMITS: tuple[Mapping[str, str], ...] = ({"memory_limit": "640MB"}, {"threads": "1"})
"""Settings of DuckDB, each tried where the one before was too little: beyond its memory it goes on
on disk, but not with single cells of 50 MB. By itself it takes four fifths of the memory."""


@dataclass(frozen=True, slots=True)
class _Import:
    files: tuple[Path, ...]
    options: ImportOptions
    progress: ImportProgress
    job: Job


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
    options = ImportOptions(
        table, columns or {}, known or {}, replace, dates, time_column, again, sources
    )
    job = job or Job()
    follow = ImportProgress(progress or (lambda text, share: None), job)
    task = _Import(tuple(files), options, follow, job)
    try:
        database.parent.mkdir(parents=True, exist_ok=True)
        sweep_folders(database.parent, (_FOLDER,))
        with owned_folder(_FOLDER, database.parent) as folder:
            return _import(database, task, folder)
    except OSError as error:
        raise FileImportError(
            f"The database {database} cannot be written.",
            f"{error.strerror or type(error).__name__}.",
            "Check the free space and the permissions of its folder.",
        ) from error


def _import(database: Path, task: _Import, folder: Path) -> ImportReport:
    inputs = folder / "inputs"
    inputs.mkdir()
    opened = open_up(task.files, inputs, task.progress.unpacking)
    try:
        for limits in _LIMITS[:-1]:
            try:
                return _import_within(limits, database, task, opened, folder)
            except duckdb.OutOfMemoryException:
                task.progress.again("More memory is needed: starting again")
        return _import_within(_LIMITS[-1], database, task, opened, folder)
    except duckdb.Error as error:
        raise (stopped() if task.job.stopped else database_error(database, error)) from error


def _import_within(
    limits: Mapping[str, str], database: Path, task: _Import, opened: Opened, parent: Path
) -> ImportReport:
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        existed = database.exists()
        target = database if existed else folder / "new.duckdb"
        with writer(target, folder, limits) as con, task.progress.following(con):
            add_time_functions(con)
            # Read before the transaction: rows written inside one have no row numbers yet.
            with task.job.on(con):
                read = read_inputs(con, opened, task.options, task.progress, folder)
            con.execute("BEGIN")
            try:
                with task.job.on(con):
                    report = _fill(con, task, read)
                if task.job.stopped:
                    raise stopped()
                con.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(duckdb.Error):  # the first error is the one to tell
                    con.execute("ROLLBACK")
                raise
            con.execute("CHECKPOINT")
        target.chmod(0o600)
        if not existed:
            target.replace(database)
        task.progress.done()
        return report


def _fill(con: DuckDBPyConnection, task: _Import, read: Read) -> ImportReport:
    stored: list[Stored] = []
    task.progress.sources(sum(map(len, read.sources.values())))
    for table, sources in read.sources.items():
        task.progress.checking(table)
        options = task.options
        result = store(
            con,
            table,
            sources,
            options.types(table),
            options.time_column,
            replaced=options.replace,
            storing=task.progress.storing,
        )
        stored.append(result)
        if result.time:
            mark_time(con, table, result.time)
        mark_missing(con, table, list(read.missing.get(table, ())))
        mark_digests(con, table, read.digests[table])
    missing = dict.fromkeys(text for texts in read.missing.values() for text in texts)
    notes = dict.fromkeys(note for one in stored for note in one.notes)
    stored.sort(key=lambda one: -one.rows)
    return ImportReport(tuple(stored), tuple(read.files), (*read.notes, *missing, *notes))
