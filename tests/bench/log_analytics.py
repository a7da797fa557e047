"""Time to turn an answer of Log Analytics into Arrow, and the longest stall of the event loop.

python -m tests.bench.log_analytics
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from typing import Any

from soc_tui.workspaces.log_analytics.rows import read_answer

KINDS: dict[str, Callable[[int], Any]] = {
    "datetime": lambda i: f"2026-11-24T10:{i % 60:02d}:00.{i % 10_000_000:07d}Z",
    "string": lambda i: f"powershell.exe -nop -w hidden -enc {'A' * 60} {i % 50}",
    "guid": lambda _: "74be27de-1e4e-49d9-b579-fe0b331d3642",
    "long": lambda i: i,
    "int": lambda i: i % 1000,
    "real": lambda i: i / 7,
    "bool": lambda i: i % 2 == 0,
    "dynamic": lambda i: f'{{"a":{i},"b":["x","y"]}}',
    "timespan": lambda _: "00:05:00.1234567",
}
COLUMNS = [*KINDS, "string", "string", "string"]


def answer(count: int) -> bytes:
    """An answer of `count` rows and 12 columns."""
    rows = [[KINDS[kind](i) for kind in COLUMNS] for i in range(count)]
    columns = [{"name": f"c{i}", "type": kind} for i, kind in enumerate(COLUMNS)]
    table: dict[str, Any] = {"name": "PrimaryResult", "columns": columns, "rows": rows}
    return json.dumps({"tables": [table]}).encode()


async def measure(body: bytes) -> tuple[float, float]:
    """Seconds of the whole, and of the longest stall."""
    longest, started = 0.0, time.perf_counter()
    task = asyncio.create_task(asyncio.to_thread(read_answer, body, None))
    while not task.done():
        before = time.perf_counter()
        await asyncio.sleep(0.001)
        longest = max(longest, time.perf_counter() - before - 0.001)
    return time.perf_counter() - started, longest


if __name__ == "__main__":
    for rows in (100_000, 500_000):
        content = answer(rows)
        seconds, stall = asyncio.run(measure(content))
        print(
            f"{rows:,} rows x {len(COLUMNS)} ({len(content) / 1e6:.0f} MB): {seconds:.2f} s,"
            f" longest stall {stall * 1000:.0f} ms"
        )
