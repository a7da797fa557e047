"""Findings that arrive one by one: what a hunt of 3,000 costs beside one of 300.

Run: `python -m tests.bench.arriving_findings [COUNT ...]`. The real Hunter and a scripted analyst,
in three stages, each with the one before in it: the events alone, the history on disk, the app with
its findings pane. Elapsed and CPU seconds of all; how many times the CPU seconds of the first
count; the longest time in which the app's screen was held up.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from soc_tui.analysts import Analyst, HuntItem, HuntTask, Merged, Progress
from soc_tui.guardrails.catalog import load_catalog
from soc_tui.history.store import History
from soc_tui.hunting.hunter import Hunter
from soc_tui.model.coverage import Unseen
from soc_tui.model.finding import Evidence, Finding, Ioc, Quotation
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.limits import Limits
from soc_tui.model.quote import Quote
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.panes.findings import FindingsPane
from tests.bench.past import Stall
from tests.history.hunts import example_finding
from tests.hunting.test_hunter import MemoryAnalyst, MemoryWorkspace, rows
from tests.tui.hands import LARGE, ask, run, running

COUNTS = (300, 3000)
Took = tuple[float, float]
"""Elapsed and CPU seconds."""
CHUNK = 25
"""Findings of one chunk; the last of it grows in the next chunk."""


def script(count: int) -> Iterator[HuntItem]:
    """`count` findings in chunks, with a merge and a word on progress after each chunk."""
    chunks = -(-count // CHUNK)
    for number in range(1, count + 1):
        finding = one(number)
        yield finding
        if number % CHUNK == 0:
            grown = replace(finding, evidence=(*finding.evidence, Evidence(f"r{number}")))
            yield Merged(grown, number - 1)
            yield Progress(number // CHUNK, chunks, Unseen(count * 3, count * 3))


def one(number: int) -> Finding:
    """A finding with three cited rows."""
    cited = tuple(
        Evidence(
            f"r{row}",
            (
                Quotation("DeviceName", f"host-{number % 400}"),
                Quotation("ProcessCommandLine", f"powershell -enc {number:08x}{row} " * 4),
            ),
        )
        for row in range(1, 4)
    )
    return replace(
        example_finding(f"Encoded command {number} on host-{number % 400}"),
        description="powershell.exe ran an encoded command that downloads and runs a script. " * 4,
        iocs=(Ioc("ip", f"10.0.{number % 250}.{number % 99}"), Ioc("file", f"a{number}.ps1")),
        evidence=cited,
        id="",
    )


@dataclass
class ScriptedHunt:
    """A hunt that is prepared and free."""

    count: int
    quote: Quote

    def prompts(self) -> tuple[str, ...]:
        """Nothing is sent."""
        return ()

    async def run(self) -> AsyncIterator[HuntItem]:
        """The script, with a turn of the event loop for the screen after each item."""
        for item in script(self.count):
            yield item
            await asyncio.sleep(0)


class ScriptedAnalyst(MemoryAnalyst):
    """Hunts as written."""

    count = 0

    async def prepare(self, task: HuntTask) -> ScriptedHunt:  # type: ignore[override]
        """Free, in chunks."""
        unseen = Unseen(task.rows.count, task.rows.count)
        quote = Quote("scripted", 10, 10, None, unseen, chunks=self.count // CHUNK, free=True)
        return ScriptedHunt(self.count, quote)


def scripted(count: int) -> ScriptedAnalyst:
    """The analyst of `count` findings."""
    analyst = ScriptedAnalyst()
    analyst.count = count
    return analyst


class Clock:
    """Elapsed and CPU seconds since it was made; the machine may have others at work."""

    def __init__(self) -> None:
        self._elapsed, self._cpu = time.perf_counter(), time.process_time()

    def read(self) -> Took:
        """Since then."""
        return time.perf_counter() - self._elapsed, time.process_time() - self._cpu


async def without_app(count: int, history: History | None) -> Took:
    """The hunt step alone."""
    analyst: Analyst = scripted(count)
    hunter = Hunter(
        workspace=MemoryWorkspace(),
        analyst=analyst,
        catalog=load_catalog(),
        limits=Limits(),
        history=history,
    )
    asked = replace(
        hunter.new_hunt("odd processes", "DeviceProcessEvents | take 10"),
        status=Status.QUERIED,
        rows=rows(10),
        row_count=10,
    )
    quoted: Hunt = [event async for event in hunter.quote(asked)][-1].hunt
    clock = Clock()
    async for event in hunter.hunt(quoted):
        ended = event.hunt
    took = clock.read()
    assert len(ended.findings) == count
    if history is not None:
        assert history.load(ended.id).findings == ended.findings
    return took


async def with_app(count: int) -> tuple[Took, Stall]:
    """From the key that asks for the price until the hunt is over and shown."""
    async with running({"SOC_TUI_WORKSPACE": "demo"}, LARGE) as hands:
        await ask(hands)
        await run(hands)
        assert hands.main.hunter is not None
        hands.main.hunter.analyst = scripted(count)
        stall = Stall()
        watch = asyncio.create_task(stall.watch())
        clock = Clock()
        await hands.press("f6")
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote is shown")
        await hands.press("enter")
        pane = hands.main.query_one(FindingsPane)
        while hands.strip.busy or len(pane._shown) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        took = clock.read()
        watch.cancel()
    return took, stall


async def main() -> None:
    """Each count, each stage."""
    first: dict[str, float] = {}

    def told(stage: str, count: int, took: Took, more: str = "") -> None:
        elapsed, cpu = took
        dearer = cpu / first.setdefault(stage, cpu)
        said = f"{elapsed:8.2f} s, CPU {cpu:7.2f} s, x{dearer:5.1f}"
        print(f"{count:>6} findings, {stage:<18}{said}  {more}", flush=True)

    for count in [int(word) for word in sys.argv[1:]] or COUNTS:
        told("events alone", count, await without_app(count, None))
        with tempfile.TemporaryDirectory() as folder:
            history = History(Path(folder) / "history.sqlite3")
            told("and the history", count, await without_app(count, history))
            history.close()
        with tempfile.TemporaryDirectory() as folder:
            os.environ["SOC_TUI_HOME"] = folder
            took, stall = await with_app(count)
            more = f"screen held {stall.elapsed:.3f} s, CPU {stall.cpu:.3f} s at most"
            told("and the app's pane", count, took, more)


if __name__ == "__main__":
    asyncio.run(main())
