"""One file of any kind, read into temporary tables: one for each table that it has rows for."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.workspaces.local.log_import import text_files
from soc_tui.workspaces.local.log_import.column_types import column_names
from soc_tui.workspaces.local.log_import.encodings import as_utf8
from soc_tui.workspaces.local.log_import.file_kinds import FileKind
from soc_tui.workspaces.local.log_import.formats.event_record import event_in
from soc_tui.workspaces.local.log_import.import_progress import ImportProgress
from soc_tui.workspaces.local.log_import.inputs import LogFile
from soc_tui.workspaces.local.log_import.json_records import Unwrapped, read_records
from soc_tui.workspaces.local.log_import.normalise.expressions import Event
from soc_tui.workspaces.local.log_import.normalise.source import SourceLibrary
from soc_tui.workspaces.local.log_import.readers.csv_rows import read_csv
from soc_tui.workspaces.local.log_import.readers.json_rows import read_json
from soc_tui.workspaces.local.log_import.readers.parquet_rows import read_parquet
from soc_tui.workspaces.local.log_import.readers.source import Reading, Source
from soc_tui.workspaces.local.log_import.split_into_tables import Splitter
from soc_tui.workspaces.local.log_import.table_choice import KnownTables, chosen, own_name
from soc_tui.workspaces.local.log_import.text_files import bad_file
from soc_tui.workspaces.local.log_import.times import DateOrder

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_SAMPLE = 50
_TABLES = (FileKind.CSV, FileKind.JSON, FileKind.PARQUET)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user said, and what is known beforehand.

    Attributes:
        table: Where all rows go; None to tell by the rows.
        known: The catalog's tables.
        given: Types of columns by name, for a table.
        splitter: Takes the events of known sources.
        folder: Private folder for copies in UTF-8.
        progress: Told what is done.
    """

    table: str | None
    known: KnownTables
    given: Callable[[str], Mapping[str, KqlType]]
    splitter: Splitter
    folder: Path
    progress: ImportProgress
    dates: DateOrder | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Attributes:
        tables: That it has rows for.
        source: The rows, where it is one table; None where the splitter has them.
        missing: What is missing in it.
        notes: What was changed on the way.
    """

    tables: tuple[str, ...]
    source: Source | None = None
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_log(con: DuckDBPyConnection, file: LogFile, name: str, wanted: Wanted) -> Found:
    """Read a file.

    Args:
        name: Of the temporary table, where one is made.

    Raises:
        FileImportError: the file cannot be read.
    """
    path, text, notes = file.path, file.path, list[str]()
    if file.kind not in (FileKind.PARQUET, FileKind.EVTX):
        text, said = as_utf8(path, wanted.folder / f"{name}.utf8")
        notes.extend(said)
    sample = sample_of(file, text)
    found = Unwrapped()
    known = file.kind not in _TABLES or _any_known(sample, wanted.splitter.library)
    events = _events(file, text, notes, found) if known else None
    if events is not None:
        rows = wanted.splitter.add(events, own_name(path.name), wanted.progress.events)
        if not rows:
            raise bad_file(path, "it contains no events.", "Import another file.")
        return Found(tuple(rows), None, tuple(found.missing), (*notes, *found.notes))
    columns = list(dict.fromkeys(key for one in sample for key in one))
    table = wanted.table or (own_name(path.name) if not columns else "")
    if not table:
        types = {str(one.get("Type", "")) for one in sample}
        table = chosen(list(column_names(columns)), path.name, wanted.known, types)
    task = Reading(
        con, path, name, wanted.folder, wanted.given(table), wanted.dates, wanted.progress.stage
    )
    if file.kind is FileKind.PARQUET:
        source = read_parquet(task)
    else:
        source = read_csv(task, text) if file.kind is FileKind.CSV else read_json(task, text)
    return Found((table,), source, source.missing, tuple(notes))


def sample_of(file: LogFile, text: Path) -> list[dict[str, Any]]:
    """The first records of a table or of JSON, for what they are; none where they are neither, or
    cannot be read: the reading itself says why.

    Args:
        text: The file in UTF-8, where it is text.
    """
    if file.kind is FileKind.PARQUET:
        return [dict.fromkeys(_parquet_columns(file.path))]
    if file.kind not in (FileKind.CSV, FileKind.JSON):
        return []
    rows = (
        _csv_rows(text, file.path)
        if file.kind is FileKind.CSV
        else read_records(text, file.path, Unwrapped())
    )
    try:
        found = list(itertools.islice(rows, _SAMPLE))
        if not found and file.kind is FileKind.CSV:
            found = [dict.fromkeys(text_files.csv_header(text, file.path).cells, "")]
    except FileImportError:
        return []
    return found


def _any_known(sample: list[dict[str, Any]], library: SourceLibrary) -> bool:
    return any(event_in(one) is not None or library.of(one, "record") for one in sample)


def _events(
    file: LogFile, text: Path, notes: list[str], found: Unwrapped
) -> Iterable[tuple[str, Event]]:
    """The file as events, each with what it is."""
    path = file.path
    match file.kind:
        case FileKind.EVTX:
            from soc_tui.workspaces.local.log_import.formats import evtx

            return (("windows event", one) for one in evtx.read_events(path, notes))
        case FileKind.EVENT_XML:
            from soc_tui.workspaces.local.log_import.formats import event_xml

            return (("windows event", one) for one in event_xml.read_events(text, path))
        case FileKind.CSV:
            return _told_apart(_csv_rows(text, path))
        case FileKind.JSON:
            return _told_apart(read_records(text, path, found))
        case _:
            from soc_tui.workspaces.local.log_import.formats import text_logs

            return text_logs.read_events(file.kind, text, path, notes)


def _told_apart(records: Iterable[dict[str, Any]]) -> Iterator[tuple[str, Event]]:
    for record in records:
        event = event_in(record)
        yield ("windows event", event) if event is not None else ("record", record)


def _csv_rows(text: Path, original: Path) -> Iterator[dict[str, Any]]:
    header = text_files.csv_header(text, original)
    with text.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader((line.replace("\0", "") for line in stream), delimiter=header.delimiter)
        names = header.cells
        try:
            for at, cells in enumerate(reader):
                if at < header.line or not cells:
                    continue
                yield dict(zip(names, cells, strict=False))
        except csv.Error as error:
            what = f"this is not well-formed CSV ({error})."
            raise bad_file(original, what, line=reader.line_num) from error


def _parquet_columns(path: Path) -> list[str]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return [str(name) for name in parquet.read_schema(path).names]
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise bad_file(path, "this is not a readable Parquet file.") from error
