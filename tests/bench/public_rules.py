"""Time that a folder of public rules takes over many rows, and what of it breaks.

Run: `python -m tests.bench.public_rules FOLDER [ROWS] [TABLE]`

FOLDER has Sigma rules (*.yml, or below it), for example a checkout of SigmaHQ's. The rows are the
demo's, spread over it or repeated up to the number; command lines get a number each,
so that no two rows are alike.
Without TABLE the rows are of all tables, as those of a `union`.
"""

from __future__ import annotations

import asyncio
import dataclasses
import resource
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.analysts import Notice
from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.demo.workspace import ensure_demo
from soc_tui.model.row_sources import RowSources, RowTable
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.workspace import LocalWorkspace

_TABLES = (
    "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceFileEvents", "DeviceRegistryEvents",
    "DeviceLogonEvents", "SigninLogs",
)  # fmt: skip
_VARIED = ("ProcessCommandLine", "InitiatingProcessCommandLine")


def demo_rows(table: str, count: int) -> Rows:
    """That many rows of a demo table, or of all."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        ensure_demo(path)
        query = table or f"union withsource=SourceTable {', '.join(_TABLES)}"
        rows = asyncio.run(LocalWorkspace(path).query(query))
    return varied(spread(rows, count))


def spread(rows: Rows, count: int) -> Rows:
    """That many rows, from the first to the last; again and again where there are fewer."""
    numbers = np.arange(count) * max(rows.count, count) // count % rows.count
    return dataclasses.replace(rows, table=rows.table.take(pa.array(numbers)))


def varied(rows: Rows) -> Rows:
    """With a number of its own in each command line."""
    made = rows.table
    numbers = pa.array([f" /{number:x}" for number in range(rows.count)])
    for name in set(_VARIED) & set(rows.column_names):
        lines = pc.binary_join_element_wise(made.column(name), numbers, "")
        made = made.set_column(rows.column_names.index(name), name, lines)
    return dataclasses.replace(rows, table=made.combine_chunks())


def main() -> None:
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 55_000
    table = sys.argv[3] if len(sys.argv) > 3 else ""
    started = time.perf_counter()
    book = RuleLibrary(Path(sys.argv[1])).load()
    other = len(book.problems) - len(book.broken)
    print(
        f"{len(book.rules):,} rules in {time.perf_counter() - started:.1f} s;"
        f" {len(book.broken):,} broken, {other:,} for other logs"
    )
    rows = demo_rows(table, count)
    sources = RowSources(
        tuple(RowTable(name) for name in ([table] if table else _TABLES)),
        label_columns=("SourceTable",), complete=True,
    )  # fmt: skip
    started, processor = time.perf_counter(), time.process_time()
    hunt = RuleHunt(rows, table, book, None if table else sources)
    found: list[object] = []
    problems: Counter[str] = Counter()
    with hunt.running() as runs:
        for run in runs:
            if run.problem:
                problems[run.problem] += 1
    ran, ran_processor = time.perf_counter() - started, time.process_time() - processor
    started, processor = time.perf_counter(), time.process_time()
    found = [one for one in hunt.findings() if not isinstance(one, Notice)]
    whole, whole_processor = time.perf_counter() - started, time.process_time() - processor
    print(
        f"{rows.count:,} rows, {len(hunt.rules):,} rules run: {ran:.1f} s ({ran_processor:.1f} s"
        f" processor); with {len(found):,} findings {whole:.1f} s ({whole_processor:.1f} s);"
        f" memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB"
    )
    for problem, times in problems.most_common(10):
        print(f"  {times} broke: {problem}")


if __name__ == "__main__":
    main()
