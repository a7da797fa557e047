"""All files of an import, read into temporary tables.

Heavy imports: this module is itself imported lazily.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import AmbiguousDatesError, FileImportError
from soc_tui.model.wording import number_of
from soc_tui.workspaces.local.import_marks import digest, read_digests
from soc_tui.workspaces.local.log_import.import_progress import ImportProgress
from soc_tui.workspaces.local.log_import.inputs import LogFile, Opened
from soc_tui.workspaces.local.log_import.normalise.source import load_sources
from soc_tui.workspaces.local.log_import.read_log import Wanted, read_log
from soc_tui.workspaces.local.log_import.readers.json_rows import read_json
from soc_tui.workspaces.local.log_import.readers.source import Reading, Source
from soc_tui.workspaces.local.log_import.split_into_tables import Splitter
from soc_tui.workspaces.local.log_import.store import stored_types
from soc_tui.workspaces.local.log_import.table_choice import KnownTables
from soc_tui.workspaces.local.log_import.times import DateOrder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class ImportOptions:
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


@dataclass(slots=True)
class Read:
    """What was read.

    Attributes:
        known: Names by digest of the files that are in the workspace, or were read.
        sources: By table.
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


def read_inputs(
    con: DuckDBPyConnection,
    opened: Opened,
    options: ImportOptions,
    progress: ImportProgress,
    folder: Path,
) -> Read:
    """Read all files; one of many that is bad is left out.

    Args:
        folder: Private folder for copies.

    Raises:
        FileImportError: a file that was named cannot be read, or none of many.
        AmbiguousDatesError: day or month first?
    """

    def given(table: str) -> Mapping[str, KqlType]:
        existing = {} if options.replace else stored_types(con, table)
        return {**options.types(table), **existing}

    sizes = [max(1, file.path.stat().st_size) for file in opened.files]
    progress.files(sum(sizes))
    splitter = Splitter(load_sources(options.sources), folder, options.table)
    wanted = Wanted(options.table, options.known, given, splitter, folder, progress, options.dates)
    fresh = options.replace or options.again
    known = {} if fresh else read_digests(con, options.table)
    found = Read(known, notes=dict.fromkeys(opened.notes))
    for number, (file, size) in enumerate(zip(opened.files, sizes, strict=True)):
        progress.file(file.path.name, size)
        _read_one(con, file, f"source_{number}", wanted, found)
        progress.file_done()
    _read_split(con, wanted, found)
    left = [note for note in found.notes if note.startswith("left out")]
    if not found.sources and left and all(one.one_of_many for one in opened.files):
        raise FileImportError("None of the files could be read.", left[0], "Check the files.")
    return found


def _read_one(
    con: DuckDBPyConnection, file: LogFile, temporary: str, wanted: Wanted, found: Read
) -> None:
    """Add a file to what was found, but one that is known already, or one of many that is bad."""
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


def _read_split(con: DuckDBPyConnection, wanted: Wanted, found: Read) -> None:
    """The rows that events became."""
    splitter, folder = wanted.splitter, wanted.folder
    splitter.close()
    for at, (table, lines) in enumerate(splitter.files.items()):
        wanted.progress.rows_of(table, at, len(splitter.files))
        reading = Reading(
            con, lines, f"split_{at}", folder, wanted.given(table), wanted.dates, lenient=True
        )
        found.sources[table].append(read_json(reading, lines))
        lines.unlink()
    for source, count in splitter.counts.items():
        found.notes[f"{number_of(count, 'file')} read as {source}"] = None
