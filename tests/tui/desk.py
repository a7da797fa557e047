"""A query pane by itself, with a small catalog, under a pilot."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual import events
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from soc_tui.model.catalog import Catalog, Column, KqlType, TableSpec
from soc_tui.tui.editor.text import KqlEditor
from soc_tui.tui.editor.verdict import VerdictList
from soc_tui.tui.panes.query import QueryPane
from tests.patience import PATIENCE_SECONDS

CATALOG = Catalog(
    {
        "DeviceEvents": TableSpec(
            "DeviceEvents",
            (
                Column("DeviceName", KqlType.STRING),
                Column("DeviceId", KqlType.STRING),
                Column("FileName", KqlType.STRING),
            ),
        ),
        "SecurityEvent": TableSpec("SecurityEvent", (Column("EventID", KqlType.INT),)),
    }
)


class Desk(App[None]):
    CSS_PATH = Path(__file__).parents[2] / "soc_tui" / "tui" / "app.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[str] = []
        self.notes: list[str] = []

    def compose(self) -> ComposeResult:
        yield QueryPane(id="query")

    def on_query_pane_typed(self, message: QueryPane.Typed) -> None:
        self.typed.append(message.kql)

    def notify(self, message: str, **_: object) -> None:
        self.notes.append(message)

    @property
    def pane(self) -> QueryPane:
        return self.query_one(QueryPane)

    @property
    def editor(self) -> KqlEditor:
        return self.query_one(KqlEditor)

    @property
    def verdict(self) -> VerdictList:
        return self.query_one(VerdictList)

    @property
    def offered(self) -> list[str]:
        """What the open list offers; empty when it is closed."""
        popup = self.editor.popup
        return [item.text for item in popup.items] if popup.is_open else []

    @property
    def drawn(self) -> list[str]:
        """The screen, row by row."""
        strips = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips]


@asynccontextmanager
async def desk(
    text: str = "", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Desk, Pilot[None]]]:
    """The pane with this text, the keyboard in its editor, the cursor behind the text."""
    app = Desk()
    async with app.run_test(size=size) as pilot:
        app.pane.use(CATALOG, None)
        app.pane.kql = text
        app.editor.action_bottom()
        app.editor.focus()
        await pilot.pause()
        yield app, pilot
    if app._exception is not None:
        raise app._exception


async def until(pilot: Pilot[None], holds: Callable[[], object], what: str) -> None:
    """Wait for what comes when the typing rests."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < give_up, f"never: {what}"
        await pilot.pause(0.02)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Key by key."""
    names = {" ": "space", "\n": "enter"}
    for character in text:
        await pilot.press(names.get(character, character))


async def paste(app: Desk, pilot: Pilot[None], text: str) -> None:
    """Bracketed paste."""
    app.post_message(events.Paste(text))
    await pilot.pause()
