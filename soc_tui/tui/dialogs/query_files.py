"""Dialogs that open a query from a file or save one, showing errors in place."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from soc_tui.files.query_files import QUERY_SUFFIXES, SUFFIX, queries_dir, read_query, write_query
from soc_tui.tui.dialogs.path import PathScreen


class OpenScreen(PathScreen[tuple[Path, str]]):
    """Answers with the path and the query in it."""

    heading = "Open a query: Enter opens, Down lists, Esc cancels"
    suffixes = QUERY_SUFFIXES

    def __init__(self, last: Path | None) -> None:
        super().__init__(f"{last.parent if last else queries_dir()}/")

    async def chosen(self, path: Path) -> tuple[Path, str] | None:
        """Read it."""
        kql = await asyncio.to_thread(read_query, path)
        return path, kql.removesuffix("\n").removesuffix("\r")


class SaveScreen(PathScreen[Path]):
    """Answers with the path that the query was written to."""

    heading = "Save the query: Enter saves, Esc cancels"
    suffixes = QUERY_SUFFIXES

    def __init__(self, last: Path | None, kql: str) -> None:
        now = dt.datetime.now(dt.UTC)
        super().__init__(str(last or queries_dir() / f"query-{now:%Y%m%d-%H%M%S}{SUFFIX}"))
        self._kql = kql

    async def chosen(self, path: Path) -> Path | None:
        """Write it; over another file only when that was confirmed."""
        if not path.suffix:
            path = path.with_suffix(SUFFIX)
        await self.ask_to_replace(path)
        await asyncio.to_thread(write_query, path, self._kql)
        return path
