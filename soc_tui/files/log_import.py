"""Imports exported logs into a local workspace, guessing their table."""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.config.paths import config_dir, data_dir, demo_file
from soc_tui.files.query_files import path_of
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.model.catalog import Catalog
from soc_tui.model.errors import FileImportError
from soc_tui.model.wording import number_of
from soc_tui.threads import interruptible

if TYPE_CHECKING:
    from soc_tui.workspaces.local.duckdb_job import Job
    from soc_tui.workspaces.local.log_import.load import ImportReport

Progress = Callable[[str, float], None]

_TEXT = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson")
LOG_SUFFIXES = (*_TEXT, *(f"{suffix}.gz" for suffix in _TEXT), ".parquet", ".pq")
"""Ends of the names of files that can be imported."""

WORKSPACE_SUFFIX = ".duckdb"
# Names as a shell takes them: in double quotes, in single ones, or without spaces.
_NAMES = re.compile(r"""\"([^"]+)\"|'([^']+)'|(\S+)""")
_RECENT = dt.timedelta(days=1)
_HALF = 0.5  # of a table's name, which a file's name has to hold


@dataclass(frozen=True, slots=True)
class Fit:
    """How a table of the catalog fits a file.

    Attributes:
        known: Columns of the file that the table has.
        of: Columns of the file.
    """

    table: str
    known: int
    of: int


def default_workspace() -> Path:
    """File that logs are imported into unless another is named."""
    return data_dir() / f"local{WORKSPACE_SUFFIX}"


def fits(columns: Sequence[str], name: str, catalog: Catalog) -> tuple[Fit, ...]:
    """All tables, the one that most likely was exported first. Pure.

    That is one that the file is named for; then the one that has most of the file's columns, of
    such the one whose name is likest to the file's, and then the one with the fewest others.

    Args:
        columns: Of the file.
        name: Of the file.
    """
    found = set(columns)
    stem = name.casefold().lstrip("_-. ")

    def key(table: str) -> tuple[bool, int, float, int]:
        spec = catalog.tables[table]
        there = {column.name for column in spec.columns}
        likeness = _likeness(table.casefold(), name.casefold())
        if spec.seldom and not stem.startswith(table.casefold()):
            likeness = min(likeness, _HALF)  # "Event" stands in many names
        return likeness < 1, -len(found & there), -likeness, len(there - found)

    return tuple(
        Fit(table, -key(table)[1], len(found)) for table in sorted(catalog.tables, key=key)
    )


def _likeness(table: str, name: str) -> float:
    """Share of a table's name that stands in one piece in a file's name; under half counts not."""
    same = SequenceMatcher(None, table, name, autojunk=False).find_longest_match()
    share = same.size / len(table)
    return share if share >= _HALF else 0.0


def look_into(path: Path) -> tuple[Fit, ...]:
    """How the catalog's tables fit a file, best first. Blocks.

    Raises:
        FileImportError: no such file, or of no kind that can be imported.
        ConfigError: the user's catalog cannot be used.
    """
    from soc_tui.workspaces.local.log_import.peek import columns_of

    return fits(columns_of(path), path.name, load_catalog(config_dir()))


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
        if not fitting or not all(one.is_file() for one in fitting):
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


def import_logs(
    files: Sequence[Path],
    table: str,
    target: Path,
    *,
    replace: bool = False,
    progress: Progress | None = None,
    job: Job | None = None,
) -> ImportReport:
    """Import files into a table; types come from the catalog where it knows them. Blocks.

    Raises:
        FileImportError: a bad file, named with line and column; the workspace is unchanged.
        ConfigError: the user's catalog cannot be used.
    """
    from soc_tui.workspaces.local.log_import.load import import_files

    spec = load_catalog(config_dir()).table(table)
    columns = {column.name: column.type for column in spec.columns} if spec else None
    return import_files(
        target, table, files, columns=columns, replace=replace, progress=progress, job=job
    )


def told(report: ImportReport, target: Path, now: dt.datetime) -> Iterator[str]:
    """What an import did, in sentences. Pure."""
    rows, files = number_of(report.rows, "row"), number_of(len(report.files), "file")
    columns = number_of(len(report.columns), "column")
    yield f"Imported {rows} from {files} into {report.table} ({columns}) of {target}"
    if report.span is None:
        return
    first, last = report.span
    yield f"Its rows span {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    if now - last > _RECENT:
        days = math.ceil((now - first) / dt.timedelta(days=1))
        yield f"Requests without a time range cover one day: ask for the last {days} days."


async def import_in_thread(
    files: Sequence[Path], table: str, target: Path, progress: Progress
) -> ImportReport:
    """As `import_logs`; cancelling stops it, and leaves the workspace as it was."""
    from soc_tui.workspaces.local.duckdb_job import Job

    job = Job()
    return await interruptible(
        lambda: import_logs(files, table, target, progress=progress, job=job), job.stop
    )


async def fits_of(typed: Path) -> tuple[tuple[Path, ...], tuple[Fit, ...]]:
    """As `files_of`, and as `look_into` of the first of them, in a thread."""
    files = await asyncio.to_thread(files_of, typed)
    return files, await asyncio.to_thread(look_into, files[0])
