"""Makes the pictures in screenshots/: `python -m tests.screenshots [FOLDER]`.

The app runs for real, in a home of its own, on a demo workspace made for the occasion; each picture
is what its screen shows at that moment, as SVG.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from soc_tui.tui.dialogs.attack import AttackScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from tests.tui.hands import LARGE, SMALL, Hands, ask, hunt, run, running

REQUEST = "anything odd on host win-07 in the last 2 days?"
MORE = (
    "failed sign-ins in the last 3 days",
    "suspicious powershell in the last 7 days",
    "role assignments in Azure this week",
)
HUGE = (200, 60)


async def take(hands: Hands, folder: Path, name: str) -> None:
    """Write what the screen shows now."""
    await asyncio.sleep(0.5)
    await hands.pilot.pause()
    (folder / f"{name}.svg").write_text(hands.app.export_screenshot(title="soc_tui"))
    print(folder / f"{name}.svg")


async def large(folder: Path) -> None:
    """The way of one hunt at 140x45."""
    async with running({}, LARGE, first_run=True) as hands:
        await take(hands, folder, "1-first-run")
        await hands.press("enter")
        await ask(hands, REQUEST)
        await take(hands, folder, "2-query-and-verdict")
        await run(hands)
        await take(hands, folder, "3-results")
        await hands.press("f6")
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")
        await take(hands, folder, "4-quote")
        await hands.press("enter")
        await hands.until(lambda: hands.main.hunt and hands.main.hunt.status.ended, "the end")
        await hands.idle()
        await hands.press("f7")
        await take(hands, folder, "5-findings")
        await hands.press("v")
        await hands.until(lambda: isinstance(hands.app.screen, AttackScreen), "the matrix")
        await take(hands, folder, "6-attack-matrix")
        await hands.press("escape", "f12")
        await take(hands, folder, "7-timeline")
        for request in MORE:
            await ask(hands, request)
            await run(hands)
            await hunt(hands)
        await hands.press("f8")
        await take(hands, folder, "8-history")


async def huge(folder: Path) -> None:
    """What a wide screen adds."""
    async with running({}, HUGE) as hands:
        await ask(hands, REQUEST)
        await run(hands)
        await hunt(hands)
        await hands.press("f4")
        await take(hands, folder, "200x60-1-rows")
        await hands.press("f7")
        await take(hands, folder, "200x60-2-findings")


async def small(folder: Path) -> None:
    """The same in 80x24, where one pane shows at a time."""
    async with running({}, SMALL) as hands:
        await ask(hands, REQUEST)
        await take(hands, folder, "80x24-1-query")
        await run(hands)
        await take(hands, folder, "80x24-2-results")
        await hunt(hands)
        await hands.press("f7")
        await take(hands, folder, "80x24-3-findings")


async def main(folder: Path) -> None:
    """All pictures."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["SOC_TUI_HOME"] = home
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")  # all colours
        await large(folder)
        await huge(folder)
        await small(folder)


if __name__ == "__main__":
    chosen = Path(sys.argv[1] if len(sys.argv) > 1 else "screenshots")
    chosen.mkdir(exist_ok=True)
    asyncio.run(main(chosen))
