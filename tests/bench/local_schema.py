"""A local workspace of many tables: milliseconds of a small query, the first and those after it.

Time on the clock, and the processor's time of all threads, which other programs disturb less.

Run: `python -m tests.bench.local_schema [TABLES COLUMNS]`.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from soc_tui.workspaces.local.workspace import LocalWorkspace

QUERY = "Table7 | where Column3 == 'x' | take 5"
TIMES = 30


def make(path: Path, tables: int, columns: int) -> None:
    """A file of `tables` empty tables of `columns` columns."""
    fields = ", ".join(f"Column{number} VARCHAR" for number in range(1, columns))
    with duckdb.connect(str(path)) as con:
        for number in range(tables):
            con.execute(f"CREATE TABLE Table{number} (TimeGenerated TIMESTAMP, {fields})")


async def timed(workspace: LocalWorkspace) -> tuple[float, float]:
    """Milliseconds of one query: on the clock, and of the processor."""
    started, worked = time.perf_counter(), time.process_time()
    await workspace.query(QUERY)
    return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000


async def main(tables: int, columns: int) -> None:
    """Make the file, wait until it is at rest, query it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "logs.duckdb"
        make(path, tables, columns)
        workspace = LocalWorkspace(path)
        await timed(workspace)  # imports
        time.sleep(3)  # noqa: ASYNC251 - a file changed just now is read again
        first = await timed(LocalWorkspace(path))
        after = [await timed(workspace) for _ in range(TIMES)][1:]
        print(f"{tables} tables of {columns} columns")
        print(f"{'first query':<14}{first[0]:6.1f} ms, processor {first[1]:6.1f} ms")
        clock, processor = (statistics.median(times) for times in zip(*after, strict=True))
        print(f"{'later queries':<14}{clock:6.1f} ms, processor {processor:6.1f} ms (medians)")


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:] or (200, 50))))
