"""Time that all rules take on 100,000 rows of each demo table, and on rows that all hit.

Run: `python -m tests.bench.rules [ROWS]`

The rows are the demo's own, repeated up to the number. "first" is the time until
the first finding; "processor" is time that other programs on the machine do not change.
"""

import asyncio
import dataclasses
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

from soc_tui.analysts.offline.sigma.hunting import RuleHunt
from soc_tui.analysts.offline.sigma.rule import TABLES
from soc_tui.analysts.offline.sigma.rule_library import RuleLibrary
from soc_tui.demo.workspace import ensure_demo
from soc_tui.model.finding import Finding
from soc_tui.model.rows import Rows
from soc_tui.workspaces.local.workspace import LocalWorkspace


def repeated(rows: Rows, count: int) -> Rows:
    """`count` rows: these ones again and again, in one piece."""
    times = -(-count // rows.count)
    table = pa.concat_tables([rows.table] * times).slice(0, count).combine_chunks()
    return dataclasses.replace(rows, table=table)


def measure(name: str, rows: Rows, table: str) -> None:
    """Print one line."""
    book = RuleLibrary().load()
    started, processor = time.perf_counter(), time.process_time()
    hunt = RuleHunt(rows, table, book)
    first, count = 0.0, 0
    for one in hunt.findings():
        if isinstance(one, Finding):
            first = first or time.perf_counter() - started
            count += 1
    total, processor = time.perf_counter() - started, time.process_time() - processor
    print(
        f"{name:<26} {rows.count:>8,} rows {len(hunt.rules):>4} rules {count:>4} findings"
        f"  first {first:6.2f} s  all {total:6.2f} s  processor {processor:6.2f} s"
    )


def hostile(rows: Rows) -> Rows:
    """Rows whose command line hits a rule each, on a host of its own each."""
    columns = rows.column_names
    lines = pa.array(["wevtutil.exe cl Security"] * rows.count)
    hosts = pa.array([f"pc-{i}" for i in range(rows.count)])
    table = rows.table.set_column(columns.index("ProcessCommandLine"), "ProcessCommandLine", lines)
    table = table.set_column(columns.index("DeviceName"), "DeviceName", hosts)
    files = pa.array(["wevtutil.exe"] * rows.count)
    table = table.set_column(columns.index("FileName"), "FileName", files)
    return dataclasses.replace(rows, table=table)


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    started = time.perf_counter()
    book = RuleLibrary().load()
    print(f"rules read in {time.perf_counter() - started:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "demo.duckdb"
        ensure_demo(path)
        workspace = LocalWorkspace(path)
        there = asyncio.run(workspace.schema())
        for table in (one for one in TABLES if one in there):
            fields = ", ".join(dict.fromkeys(("TimeGenerated", *book.columns_for(table))))
            rows = asyncio.run(workspace.query(f"{table} | project {fields}"))
            many = repeated(rows, count)
            measure(table, many, table)
            if table == "DeviceProcessEvents":
                measure("  every row a hit", hostile(many), table)


if __name__ == "__main__":
    main()
