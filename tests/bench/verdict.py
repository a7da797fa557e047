"""How long a verdict takes: `python -m tests.bench.verdict` prints the median, milliseconds.

The query is a hunt as analysts write them, of 5,000 characters: eight tables, six joins. Each
verdict parses anew (no cache); the first one of the process, which loads the parser, is told by
itself. CPU time is told beside wall time: it is the one to compare on a busy machine. Then come
texts of 20,000 characters that are made to be slow.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.guardrails.judge import judge_kql
from soc_tui.kql.reading import read
from soc_tui.kql.syntax import tree
from soc_tui.model.limits import Limits

GOAL_MS = 50
ROUNDS = 40
CATALOG, LIMITS = load_catalog(), Limits()
QUERY = Path(__file__).with_suffix(".kql").read_text()
P = "DeviceProcessEvents"
SLOW = {
    "conditions in brackets": f"{P} | where " + " or ".join(["((FileName == 'a'))"] * 780),
    "where after where": P + "\n| where TimeGenerated > ago(1d)" * 620,
    "join after join": P + f" | join {P} on DeviceId" * 510,
    "unknown columns": f"{P} | project " + ", ".join(f"n{number}" for number in range(2_700)),
    "calls": f"{P} | extend " + ", ".join(["strlen(FileName)"] * 1_000),
    "tables": "union " + ", ".join([P] * 900),
}


def main() -> None:
    """Measure and print."""
    print(f"{'':32} wall ms  CPU ms")
    _print("first verdict of the process", [_measure(QUERY)])
    _print(f"median, {len(QUERY):,} characters", [_measure(QUERY) for _ in range(ROUNDS)])
    print(f"{'goal':32} {GOAL_MS:7}")
    for name, kql in SLOW.items():
        _print(f"{name}, {len(kql):,}", [_measure(kql) for _ in range(3)])


def _print(what: str, measured: Sequence[tuple[float, float]]) -> None:
    wall, cpu = (statistics.median(times) for times in zip(*measured, strict=True))
    print(f"{what:32} {wall:7.1f} {cpu:7.1f}")


def _measure(kql: str) -> tuple[float, float]:
    """Wall and CPU time of one verdict, milliseconds."""
    tree.parse.cache_clear()
    read.forget()
    wall, cpu = time.perf_counter(), time.process_time()
    judge_kql(kql, CATALOG, LIMITS)
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000


if __name__ == "__main__":
    main()
