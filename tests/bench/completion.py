"""Completion: CPU milliseconds at the end of a text, by the words alone and with the walk.

Run: `python -m tests.bench.completion`. A text of which the finished part is another than before is
read anew; behind that, each letter of an operator finds what was read.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

from soc_tui.guardrails.catalog import load_catalog
from soc_tui.kql.editing.completion import complete
from soc_tui.kql.editing.names import Names, made_in, tables_in
from tests.bench.editor import BLOCK

LENGTHS = (500, 1_000, 2_000, 3_200, 5_800)
TIMES = 15
LET = BLOCK.split("\n", 1)[0]


def text(length: int, number: int) -> str:
    """Statements of about that many characters, then a query that is being typed; each another."""
    blocks = "".join(
        f"let rows{number}_{block} = {BLOCK.removeprefix(LET)}"
        for block in range(max(1, length // len(BLOCK)))
    )
    end = f"rows{number}_0\n| where Count > {number}\n| project DeviceName, Count\n| where "
    return f"{LET}\n{blocks}{end}"


def milliseconds(run: Callable[[], object]) -> float:
    """CPU time of a run."""
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


def main() -> None:
    """Print medians and the slowest."""
    catalog = load_catalog()
    cold = text(500, 0)
    print(f"the first of a process: {milliseconds(lambda: complete(cold, Names(catalog))):.0f} ms")
    for length in LENGTHS:
        figures: dict[str, list[float]] = {"words": [], "first walk": [], "a letter": []}
        for number in range(1, TIMES + 1):
            typed = text(length, number)
            names = Names(catalog, tables_in(typed, catalog), made_in(typed))
            runs = (
                partial(complete, f"{typed}De", names, whole=False),
                partial(complete, typed, names),
                partial(complete, f"{typed}De", names),
            )
            for kind, run in zip(figures, runs, strict=True):
                figures[kind].append(milliseconds(run))
        told = ", ".join(
            f"{kind} {statistics.median(times):.1f} (slowest {max(times):.1f})"
            for kind, times in figures.items()
        )
        print(f"{len(typed):,} characters: {told} ms")


if __name__ == "__main__":
    main()
