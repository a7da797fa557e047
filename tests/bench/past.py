"""A past hunt that is as large and as hostile as can be: how long each key holds the screen.

Run: `python -m tests.bench.past`. A request and a query of a megabyte each, 10,000 findings, rows
with cells of a megabyte; elapsed and CPU seconds of the longest time in which the screen did
nothing else, by key.
"""

import asyncio
import contextlib
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from soc_tui.history.bundle_file import Bundle
from soc_tui.history.bundle_folder import BundleFolder
from soc_tui.history.store import History
from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.finding import Evidence, Finding, Ioc, Mitre, Quotation
from soc_tui.model.rows import Rows
from tests.history.hunts import example_finding, example_hunt
from tests.tui.hands import LARGE, Hands, running

HOSTILE = "\x1b[31m\u202e[bold]\x00\x07\u200b[link=http://x]a\U000e0041\u2028\r\n"
MEGABYTE = HOSTILE * (1_000_000 // len(HOSTILE))
DYNAMIC = json.dumps([[1] * 500] * 500)
FINDINGS = 10_000
WAITING = {"past", "pivot", "choose", "playbook", "default", "report", "triage"}
"""Groups of workers that wait for a dialog."""


class Stall:
    """The longest time in which the event loop did nothing else, in seconds."""

    def __init__(self) -> None:
        self.elapsed = self.cpu = 0.0

    async def watch(self) -> None:
        """Beat every 2 ms."""
        while True:
            started, used = time.perf_counter(), time.thread_time()
            await asyncio.sleep(0.002)
            self.elapsed = max(self.elapsed, time.perf_counter() - started - 0.002)
            self.cpu = max(self.cpu, time.thread_time() - used)


@contextlib.asynccontextmanager
async def told(what: str) -> AsyncIterator[None]:
    """Print the longest stall meanwhile."""
    stall = Stall()
    watch = asyncio.create_task(stall.watch())
    await asyncio.sleep(0.02)
    started = time.perf_counter()
    yield
    took = time.perf_counter() - started
    watch.cancel()
    mark = " <<<" if stall.cpu > 0.2 else ""
    print(
        f"{what:<44}{took:6.2f} s, held {stall.elapsed:.3f} s, CPU {stall.cpu:.3f} s{mark}",
        flush=True,
    )


async def pressed(hands: Hands, what: str, *keys: str) -> None:
    """Press keys and let the screen come to rest."""
    async with told(f"{what} ({' '.join(keys)})"[:43]):
        for key in keys:
            await hands.press(key)
            await settled(hands)


async def settled(hands: Hands) -> None:
    """Until nothing works any more."""
    for _ in range(500):
        await hands.pilot.pause()
        groups = {one.group for one in (*hands.main.workers, *hands.app.workers) if one.is_running}
        if not groups - WAITING:
            break
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.25)
    await hands.pilot.pause()


def findings(hostile: bool) -> tuple[Finding, ...]:
    """Many; two are very long when they are hostile (a bundle takes 64 MiB of them)."""
    made = []
    for number in range(1, FINDINGS + 1):
        one = example_finding(f"Finding {number} {HOSTILE}", number)
        one = replace(
            one,
            evidence=tuple(
                Evidence(f"r{row}", (Quotation("ProcessCommandLine", f"cmd {number % 700} {row}"),))
                for row in range(1, 4)
            ),
            iocs=(Ioc("ip", f"10.0.{number % 250}.{number % 99}"),),
            mitre=(Mitre("Execution", "T1059", "T1059.001", "PowerShell"),),
        )
        if hostile and number % 5000 == 1:
            one = replace(one, title=MEGABYTE, description=MEGABYTE, notes=MEGABYTE)
            one = replace(one, evidence=(Evidence("r1", (Quotation("A" * 100, MEGABYTE),)),))
        made.append(one)
    return tuple(made)


def rows() -> Rows:
    """Three rows: texts and JSON of a megabyte, names that act."""
    times = pa.array([0, 1, 60_000_000], pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    texts = [pa.array([MEGABYTE] * 3) for _ in range(8)]
    dynamics = [pa.array([DYNAMIC] * 3) for _ in range(3)]
    names = ["TimeGenerated", *[f"T{at}" for at in range(8)], "D0", "D1", HOSTILE]
    kinds = [KqlType.DATETIME, *[KqlType.STRING] * 8, *[KqlType.DYNAMIC] * 3]
    table = pa.Table.from_arrays([times, *texts, *dynamics], names=names)
    return Rows(table, tuple(map(Column, names, kinds)))


def filled(home: Path) -> None:
    """A history with two runs of the hunt and its rows."""
    history = History(home / "data" / "history.sqlite3")
    kql = "DeviceProcessEvents | where TimeGenerated > ago(7d)\n// " + "x" * 500_000 + "\n"
    kql += "| where ProcessCommandLine has '" + "y" * 500_000 + "'\n| take 10"
    for number in (1, 2):
        base = example_hunt(number, *findings(number == 2), request=MEGABYTE)
        hunt = replace(base, kql=kql, row_count=3, problem="", rows=rows())
        started = time.perf_counter()
        history.save(hunt)
        print(f"saved in {time.perf_counter() - started:.2f} s")
        BundleFolder(home / "data" / "bundles", 64, 2048).save(Bundle(hunt))
    history.save(example_hunt(3, example_finding(), request="small"))


async def main() -> None:
    """All keys of the rooms."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["SOC_TUI_HOME"] = folder
        (home / "data").mkdir(mode=0o700)
        filled(home)
        async with running({"SOC_TUI_WORKSPACE": "demo"}, LARGE) as hands:
            await settled(hands)
            await pressed(hands, "history", "f8")
            await pressed(hands, "history: move", "down", "down", "up")
            await pressed(hands, "history: filter", "slash", *"a1 f", "escape")
            await pressed(hands, "history: open", "home", "down", "enter")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.findings, "it opens")
            await pressed(hands, "findings: at rest")
            await pressed(hands, "findings: end", "end")
            await pressed(hands, "findings: page up", "pageup", "pageup")
            await pressed(hands, "findings: home", "home", "down")
            await pressed(hands, "findings: filter", "slash", *"find 12")
            await pressed(hands, "findings: filter cleared", "escape")
            await pressed(hands, "findings: mark", "space", "down", "space")
            await pressed(hands, "findings: state", "3", "4")
            await pressed(hands, "findings: undo", "u")
            await pressed(hands, "findings: ATT&CK", "v")
            await pressed(hands, "findings: ATT&CK closed", "escape")
            await pressed(hands, "findings: report", "r")
            await pressed(hands, "findings: report closed", "escape")
            await pressed(hands, "query", "f3")
            await pressed(hands, "query: keys", "a", "backspace", "down", "end")
            await hands.until(lambda: hands.main.hunt and hands.main.hunt.rows, "its rows")
            await pressed(hands, "results", "f4")
            await pressed(hands, "results: move", "down", "right", "right", "end", "home")
            await pressed(hands, "results: find", "f", *"bold", "enter")
            await pressed(hands, "results: filter", "slash", *"bo", "escape")
            await pressed(hands, "results: sort", "right", "s")
            await pressed(hands, "results: statistics", "i", "escape")
            await pressed(hands, "results: columns", "c", "escape")
            await pressed(hands, "results: row", "enter")
            await pressed(hands, "results: row keys", "down", "pagedown", "n", "p", "end")
            await pressed(hands, "results: row branch", "enter", "up", "enter", "down")
            await pressed(hands, "results: row copied", "y")
            await pressed(hands, "results: row closed", "escape")
            await pressed(hands, "results: pivot", "p")
            await pressed(hands, "results: pivot closed", "escape")
            await pressed(hands, "results: copy cell", "y", "c")
            await pressed(hands, "results: copy KQL", "y", "p")
            await pressed(hands, "timeline", "f12")
            await pressed(hands, "timeline: keys", "down", "enter", "up", "escape")
            await pressed(hands, "history", "f8")
            await pressed(hands, "history: compare", "home", "down", "c")
            await hands.until(lambda: len(hands.app.screen_stack) > 1, "comparison")
            await pressed(hands, "compare: keys", "down", "end", "pageup", "home")
            await pressed(hands, "compare: closed", "escape")
            await pressed(hands, "history: report", "r")
            await pressed(hands, "history: report closed", "escape")
            await pressed(hands, "history: trends", "g", "escape")
            await pressed(hands, "history: playbook", "b")
            await pressed(hands, "history: playbook closed", "escape")
            await pressed(hands, "history: delete", "d", "escape")
            await pressed(hands, "history: again", "a")


if __name__ == "__main__":
    asyncio.run(main())
