"""Events of one file, written as rows of the tables they belong to."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from soc_tui.workspaces.local.log_import.normalise.expressions import Event
from soc_tui.workspaces.local.log_import.normalise.source import SourceLibrary

_EVERY = 5_000


@dataclass(slots=True)
class Split:
    """What came of a file.

    Attributes:
        files: JSON lines by table.
        sources: Names of the sources, as shown.
        left_over: Events that no source knows.
    """

    files: dict[str, Path] = field(default_factory=dict)
    sources: dict[str, None] = field(default_factory=dict)
    rows: int = 0
    left_over: int = 0


def split(
    events: Iterable[tuple[str, Event]],
    library: SourceLibrary,
    folder: Path,
    prefix: str,
    *,
    table: str | None = None,
    otherwise: str = "",
    told: Callable[[int], None] = lambda rows: None,
) -> Split:
    """Write each event as a row of each table that its source names.

    Args:
        events: Each with what it is, as sources say in `reads`.
        table: Take the rows for this table alone; an event that has none for it goes there with
            its own fields.
        otherwise: Table for events without a source; with none they are counted.
        told: Called now and then with the number of events read.
    """
    done = Split()
    open_files: dict[str, TextIO] = {}

    def write(name: str, row: Mapping[str, Any]) -> None:
        if name not in open_files:
            done.files[name] = folder / f"{prefix}.{len(open_files)}.jsonl"
            open_files[name] = done.files[name].open("w", encoding="utf-8", errors="replace")
        open_files[name].write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
        done.rows += 1

    try:
        for number, (reads, event) in enumerate(events, 1):
            source = library.of(event, reads)
            if source is None:
                if table or otherwise:
                    write(table or otherwise, event)
                else:
                    done.left_over += 1
                continue
            done.sources[source.name] = None
            rows = list(source.rows(event))
            if table is not None:
                rows = [row for row in rows if row[0] == table] or [(table, _plain(event, rows))]
            for name, row in rows:
                write(name, row)
            if number % _EVERY == 0:
                told(number)
    finally:
        for stream in open_files.values():
            stream.close()
    return done


def _plain(event: Event, rows: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    times = (row["TimeGenerated"] for _, row in rows if "TimeGenerated" in row)
    time = next(times, None)
    return {**({"TimeGenerated": time} if time is not None else {}), **event}
