"""Events of files, written as rows of the tables they belong to."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from soc_tui.workspaces.local.log_import.normalise.expressions import Event
from soc_tui.workspaces.local.log_import.normalise.source import SourceLibrary

_EVERY = 5_000


class Splitter:
    """Writes rows as JSON lines, a file for each table, over all files of an import.

    Attributes:
        files: JSON lines by table.
        counts: Files by the name of the source that they were read as.
    """

    def __init__(self, library: SourceLibrary, folder: Path, table: str | None) -> None:
        """Make one.

        Args:
            folder: Where the files are made.
            table: Take the rows for this table alone; an event that has none for it goes there with
                its own fields. None to split.
        """
        self.library = library
        self.files: dict[str, Path] = {}
        self.counts: Counter[str] = Counter()
        self._folder = folder
        self._table = table
        self._streams: dict[str, TextIO] = {}

    def add(
        self,
        events: Iterable[tuple[str, Event]],
        otherwise: str,
        told: Callable[[int], None] = lambda rows: None,
    ) -> dict[str, int]:
        """Rows by table that the events of one file became; none of them stay after an error.

        Args:
            events: Each with what it is, as sources say in `reads`.
            otherwise: Table for events without a source.
            told: Called now and then with the number of events read.
        """
        with self._all_or_nothing():
            rows: Counter[str] = Counter()
            sources: set[str] = set()
            for number, (reads, event) in enumerate(events, 1):
                source = self.library.of(event, reads)
                if source is None:
                    made = [(self._table or otherwise, dict(event))]
                else:
                    sources.add(source.name)
                    made = list(source.rows(event))
                    if self._table is not None:
                        made = self._of_table(event, made)
                for table, row in made:
                    self._write(table, row)
                    rows[table] += 1
                if number % _EVERY == 0:
                    told(number)
        self.counts.update(sources)
        return rows

    def close(self) -> None:
        """Finish the files."""
        for stream in self._streams.values():
            stream.close()

    def _of_table(
        self, event: Event, made: list[tuple[str, dict[str, Any]]]
    ) -> list[tuple[str, dict[str, Any]]]:
        table = self._table or ""
        if own := [row for row in made if row[0] == table]:
            return own
        times = (row["TimeGenerated"] for _, row in made if "TimeGenerated" in row)
        time = next(times, None)
        return [(table, {**({"TimeGenerated": time} if time is not None else {}), **event})]

    def _write(self, table: str, row: Mapping[str, Any]) -> None:
        if table not in self._streams:
            path = self._folder / f"split_{len(self.files)}.jsonl"
            self.files[table] = path
            self._streams[table] = path.open("w", encoding="utf-8", errors="replace")
        self._streams[table].write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

    @contextlib.contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        before = {table: stream.tell() for table, stream in self._streams.items()}
        try:
            yield
        except BaseException:
            for table in list(self._streams):
                stream = self._streams[table]
                if table in before:
                    stream.seek(before[table])
                    stream.truncate()
                else:
                    stream.close()
                    self.files.pop(table).unlink()
                    del self._streams[table]
            raise
