"""The grid: seconds until so many rows show, and the longest stall of the screen meanwhile.

Run: `python -m tests.bench.grid [ROWS]`.
"""

import asyncio
import sys
import time

import pyarrow as pa

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.rows import Rows
from soc_tui.tui.panes.grid import Grid
from soc_tui.tui.panes.results import ResultsPane
from tests.tui.hands import LARGE, Hands, running

COLUMNS = 12


def made(count: int) -> Rows:
    """`count` rows of a time and eleven texts."""
    times = pa.array(range(count), pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    arrays = [times]
    arrays += [
        pa.array([f"value {(row * (column + 7919)) % 5003} of {column}" for row in range(count)])
        for column in range(1, COLUMNS)
    ]
    names = [f"Column{column}" for column in range(COLUMNS)]
    kinds = [KqlType.DATETIME, *[KqlType.STRING] * (COLUMNS - 1)]
    columns = tuple(Column(name, kind) for name, kind in zip(names, kinds, strict=True))
    return Rows(pa.Table.from_arrays(arrays, names=names), columns)


class Stalls:
    """The longest time in which the event loop did nothing else."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Beat every 5 ms."""
        last = time.perf_counter()
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            self.longest, last = max(self.longest, now - last - 0.005), now


async def timed(hands: Hands, what: str, keys: tuple[str, ...], done: str) -> None:
    """Press keys and wait until the line over the grid holds `done`."""
    stalls = Stalls()
    watch = asyncio.create_task(stalls.watch())
    started = time.perf_counter()
    await hands.press(*keys)
    await hands.until(lambda: done in str(hands.main.query_one("#rows-info").render()), done)
    await hands.pilot.pause()
    print(f"{what:<8}{time.perf_counter() - started:6.2f} s, longest stall {stalls.longest:.3f} s")
    watch.cancel()


async def main(count: int) -> None:
    """Open, sort and filter."""
    rows = made(count)
    async with running({}, LARGE) as hands:
        pane = hands.main.query_one(ResultsPane)
        await pane.show_rows(made(10))  # the grid's own imports are not what is measured
        hands.main.action_show("results")
        await hands.pilot.pause()
        stalls = Stalls()
        watch = asyncio.create_task(stalls.watch())
        started = time.perf_counter()
        await pane.show_rows(rows)
        await hands.until(lambda: hands.main.query_one(Grid).row_count == count, "the rows")
        await hands.pilot.pause()
        print(f"{count:,} rows x {COLUMNS} columns")
        took = time.perf_counter() - started
        print(f"open    {took:6.2f} s, longest stall {stalls.longest:.3f} s")
        watch.cancel()
        hands.main.query_one(ResultsPane).focus_list()
        await timed(hands, "sort", ("right", "right", "s"), "by Column1")
        await timed(hands, "filter", ("slash", "4"), "hold “4”")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000))
