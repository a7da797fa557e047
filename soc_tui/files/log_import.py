"""Imports exported logs into a local workspace, guessing their table."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from soc_tui.config.paths import config_dir, data_dir, demo_file, log_sources_dir
from soc_tui.files.query_files import path_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import FileImportError
from soc_tui.model.wording import number_of
from soc_tui.threads import interruptible
from soc_tui.workspaces.local.log_import.table_choice import Fit, KnownTables, chosen, fits
from soc_tui.workspaces.local.log_import.times import DateOrder

if TYPE_CHECKING:
    from soc_tui.workspaces.local.duckdb_job import Job
    from soc_tui.workspaces.local.log_import.import_report import ImportReport

Progress = Callable[[str, float], None]
Dates = Literal["", "day-first", "month-first"]

_TEXT = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".log", ".xml")
LOG_SUFFIXES = (
    *_TEXT,
    *(f"{suffix}.gz" for suffix in _TEXT),
    ".parquet", ".pq", ".evtx", ".zip", ".7z", ".tar", ".tgz", ".gz", ".zst",
)  # fmt: skip
"""Ends of the names of files that are offered; others are told by their content."""

WORKSPACE_SUFFIX = ".duckdb"
# Names as a shell takes them: in double quotes, in single ones, or without spaces.
_NAMES = re.compile(r"""\"([^"]+)\"|'([^']+)'|(\S+)""")
_RECENT = dt.timedelta(days=1)
_HALF = 0.5  # of a table's name, which a file's name has to hold


def default_workspace() -> Path:
    """File that logs are imported into unless another is named."""
    return data_dir() / f"local{WORKSPACE_SUFFIX}"


def tables_of(catalog: Catalog) -> KnownTables:
    """Columns and types by table."""
    return {
        name: {column.name: column.type for column in spec.columns}
        for name, spec in catalog.tables.items()
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """Which table a file is of.

    Attributes:
        best: The one that it most likely is of; empty where its events go to several.
        fits: How the tables of the catalog fit it, best first.
    """

    best: str
    fits: tuple[Fit, ...]


def look_into(path: Path) -> Choice:
    """Which table a file is of. Blocks.

    Raises:
        FileImportError: no such file, or of no kind that can be imported.
        ConfigError: the user's catalog or log sources cannot be used.
    """
    from soc_tui.workspaces.local.log_import.normalise.source import load_sources
    from soc_tui.workspaces.local.log_import.peek import peek_into

    known = tables_of(load_catalog(config_dir()))
    seen = peek_into(path, load_sources(log_sources_dir()))
    best = "" if seen.splits else chosen(seen.columns, seen.name, known, seen.types)
    return Choice(best, fits(seen.columns, seen.name, known))


def files_of(typed: Path) -> tuple[Path, ...]:
    """The files that are meant: the one, or several with spaces between them, quoted or as `*`.

    Blocks. Raises FileImportError: no file fits one of them.
    """
    pieces = [a or b or c for a, b, c in _NAMES.findall(str(typed))]
    if typed.exists() or not (len(pieces) > 1 or _is_pattern(pieces[0]) or pieces[0] != str(typed)):
        return (typed,)
    found: dict[Path, None] = {}
    for piece in pieces:
        path = path_of(piece)
        fitting = sorted(map(Path, glob(str(path)))) if _is_pattern(piece) else [path]  # noqa: PTH207
        if not fitting or not all(one.exists() for one in fitting):
            raise FileImportError(
                f"No file {piece}.",
                "Separate several files with spaces.",
                "Check the path; put one with spaces in quotes.",
            )
        found.update(dict.fromkeys(fitting))
    return tuple(found)


def _is_pattern(name: str) -> bool:
    return any(sign in name for sign in "*?[")


def target_of(path: Path) -> Path:
    """The workspace file that is meant by a path that was typed. Raises FileImportError."""
    target = path if path.suffix else path.with_suffix(WORKSPACE_SUFFIX)
    if target.resolve() == demo_file().resolve():
        raise FileImportError(
            "Logs cannot be imported into the demo workspace.",
            "It is rebuilt.",
            "Use another file.",
        )
    return target


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What is to be imported, and how.

    Attributes:
        files: Files, folders, archives, or `-` for standard input.
        target: The workspace file.
        table: Where all rows go; empty to tell by what they are.
        replace: Drop the tables' present rows and columns instead of adding to them.
        dates: Which number of 03/11/2026 is the day, where the files do not say.
        time_column: The column that tells when an event was, where the choice made is not right.
        again: Take files that are in the workspace already.
    """

    files: tuple[Path, ...]
    target: Path
    table: str = ""
    replace: bool = False
    dates: Dates = ""
    time_column: str = ""
    again: bool = False


def import_logs(
    order: ImportOrder, *, progress: Progress | None = None, job: Job | None = None
) -> ImportReport:
    """Import files into the tables that they are of; types come from the catalog. Blocks.

    Raises:
        FileImportError: a bad file, named with line and column; the workspace is unchanged.
        AmbiguousDatesError: `order.dates` is needed.
        ConfigError: the user's catalog or log sources cannot be used.
    """
    from soc_tui.workspaces.local.log_import.load import import_files

    return import_files(
        order.target,
        order.table or None,
        order.files,
        known=tables_of(load_catalog(config_dir())),
        replace=order.replace,
        dates=DateOrder(order.dates) if order.dates else None,
        time_column=order.time_column,
        again=order.again,
        sources=log_sources_dir(),
        progress=progress,
        job=job,
    )


def told(report: ImportReport, target: Path, now: dt.datetime) -> Iterator[str]:
    """What an import did, in sentences. Pure."""
    files = number_of(len(report.files), "file")
    if not report.tables:
        yield f"Imported nothing into {target}"
        return
    for table in report.tables:
        rows, columns = number_of(table.rows, "row"), number_of(len(table.columns), "column")
        yield f"Imported {rows} from {files} into {table.table} ({columns}) of {target}"
    if report.span is None:
        return
    first, last = report.span
    yield f"Its rows span {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    if now - last > _RECENT:
        yield "Hunts there count time from the end of the logs."


async def import_in_thread(order: ImportOrder, progress: Progress) -> ImportReport:
    """As `import_logs`; cancelling stops it, and leaves the workspace as it was."""
    from soc_tui.workspaces.local.duckdb_job import Job

    job = Job()
    return await interruptible(lambda: import_logs(order, progress=progress, job=job), job.stop)


async def choice_of(typed: Path) -> tuple[tuple[Path, ...], Choice]:
    """As `files_of`, and as `look_into` of the first of them, in a thread."""
    files = await asyncio.to_thread(files_of, typed)
    return files, await asyncio.to_thread(look_into, files[0])
