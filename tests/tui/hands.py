"""Hands that drive the app as a person would, and eyes that read what it shows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.pilot import Pilot

from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.status import StatusStrip
from tests.patience import PATIENCE_SECONDS

WAYS = ("offline + local", "OpenAI + local", "OpenAI + Log Analytics")
QUOTED = {"SOC_TUI_FREE_HUNT": "quoted"}
"""Each step of a hunt by its own key."""
SMALL, LARGE = (80, 24), (140, 45)
REQUEST = "suspicious powershell in the last 7 days"


class Hands:
    """Drives a running app as a person would, and reads what it shows."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self.pilot = pilot

    @property
    def app(self) -> SocTui:
        app = self.pilot.app
        assert isinstance(app, SocTui)
        return app

    @property
    def main(self) -> MainScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        while self.app.keys_wait:
            await self.pilot.pause()

    async def paste(self, text: str) -> None:
        """Bracketed paste into whatever has the focus."""
        self.app.post_message(events.Paste(text))
        await self.pilot.pause()

    async def until(self, happened: Callable[[], Any], what: str) -> None:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            if time.monotonic() > give_up:
                told = [note.message for note in self.app._notifications]
                raise AssertionError(f"never: {what}\n{self.said}\n{told}")
            await self.pilot.pause()
            await asyncio.sleep(0.02)

    async def opened(self) -> None:
        await self.until(lambda: self.main.hunter, "the workspace opens")

    async def idle(self) -> None:
        await self.until(lambda: not self.strip.busy, "the step ends")

    @property
    def said(self) -> str:
        """Everything in the conversation, as one text with single spaces."""
        log = self.main.query_one(Conversation).query_one("#log")
        lines = [strip.text for strip in log.lines]  # type: ignore[attr-defined]
        return " ".join(" ".join(lines).split())

    @property
    def strip(self) -> StatusStrip:
        return self.main.query_one(StatusStrip)

    @property
    def status(self) -> str:
        return str(self.strip.render())


@asynccontextmanager
async def running(
    environ: dict[str, str], size: tuple[int, int] = LARGE, *, first_run: bool = False
) -> AsyncIterator[Hands]:
    """The app, open and ready; at its first run, with the dialog of that before it."""
    app = SocTui(load_settings(environ=QUOTED | environ), first_run=first_run, environ=environ)
    async with app.run_test(size=size, notifications=True) as pilot:
        hands = Hands(pilot)
        await hands.opened()
        yield hands
    if app._exception is not None:
        raise app._exception


async def ask(hands: Hands, request: str = REQUEST) -> None:
    await hands.press("f2")
    await hands.paste(request)
    await hands.press("enter")
    await hands.until(lambda: hands.main.query_one(QueryPane).kql, "the query is shown")
    await hands.idle()


async def run(hands: Hands) -> None:
    await hands.press("f5")
    await hands.until(lambda: hands.main.hunt and hands.main.hunt.row_count is not None, "rows")
    await hands.idle()


async def hunt(hands: Hands) -> None:
    await hands.press("f6")
    await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote is shown")
    await hands.press("enter")
    await hands.until(lambda: hands.main.hunt and hands.main.hunt.status.ended, "the hunt ends")
    await hands.idle()


def files_with(folder: Path, text: str) -> list[Path]:
    """Files below a folder that hold a text."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]
