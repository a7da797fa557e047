"""The connection test for the workspace and the model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.app_contract import app_of
from soc_tui.tui.keys.dialogs import CONNECTION
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.terminal.clipboard import copy
from soc_tui.tui.widgets.hints import Hints
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from soc_tui.config.settings import Settings

_SPINNER = "|/-\\"
_REFRESH_SECONDS = 0.2
_INTRO = "Runs a query that reads no table and a model check that generates nothing. Free."


class ConnectionScreen(ShowsWorkerErrors, ModalScreen[bool]):
    """Answers whether everything was well.

    Args:
        settings: As they are to be tried; they need not be saved.
    """

    BINDINGS: ClassVar[BindingList] = bindings(CONNECTION)

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._told: list[Text] = []
        self._trying = ""
        self._since = 0.0
        self._beat = 0
        self._code = ""
        self.well: bool | None = None

    def compose(self) -> ComposeResult:
        """What is tried and what came of it, in a frame."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Connection test"
            with VerticalScroll(classes="dialog-scroll"):
                yield Static(id="connection-said")
            yield Hints(CONNECTION)

    def on_mount(self) -> None:
        """Begin."""
        self.set_interval(_REFRESH_SECONDS, self._tick)
        self._draw()
        self._try()

    @work(exclusive=True, exit_on_error=False)
    async def _try(self) -> None:
        try:
            connection_of = await asyncio.to_thread(_connection)
            async with connection_of(
                self._settings, progress=self._progress, on_device_code=self._device_code
            ) as connection:
                model = await self._one("Analyst", connection.ask_model)
                logs = await self._one("Workspace", connection.ask_workspace)
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            app_of(self).report(error)
            return
        finally:
            self._trying = self._code = ""
            self._draw()
        self.well = model and logs
        self._tell("All tests passed." if self.well else "Some tests failed.", "bold")

    async def _one(self, what: str, ask: Callable[[], Awaitable[str]]) -> bool:
        self._trying, self._since = what, time.monotonic()
        self._draw()
        try:
            said = await ask()
        except SocError as error:
            self._tell(f"✗ {what} ({time.monotonic() - self._since:.1f} s): {error.what}", "red")
            if error.why:
                self._tell(f"  Why: {error.why}")
            if error.next_step:
                self._tell(f"  Next: {error.next_step}", "bold")
            return False
        self._tell(f"✓ {what}: {said}", "green")
        return True

    def _progress(self, what: str, share: float) -> None:
        self.app.call_from_thread(self._make, f"{what} {share:.0%}")

    def _make(self, what: str) -> None:
        self._trying = f"Workspace: {what}"

    def _device_code(self, code: str, address: str) -> None:
        self.app.call_from_thread(self._show_code, code, address)

    def _show_code(self, code: str, address: str) -> None:
        self._code = code
        self._tell(f"Sign in: open {address} and enter code {code}", "bold")

    def _tell(self, text: str, style: str = "") -> None:
        self._told.append(Text(inert(text), style))
        self._draw()

    def _tick(self) -> None:
        if self._trying:
            self._beat += 1
            self._draw()

    def _draw(self) -> None:
        lines = [Text(_INTRO), *self._told]
        if self._trying:
            spin = _SPINNER[self._beat % len(_SPINNER)]
            lines.append(
                Text(f"{spin} {inert(self._trying)} … {time.monotonic() - self._since:.0f} s")
            )
        self.query_one("#connection-said", Static).update(Text("\n").join(lines))

    async def action_copy(self) -> None:
        """Copy the device code."""
        if self._code:
            await copy(self.app, self._code)
        else:
            self.notify("No code to copy.")

    def action_again(self) -> None:
        """Try once more."""
        self._told.clear()
        self.well = None
        self._try()

    def action_leave(self) -> None:
        """Stop what is being tried, and leave."""
        self.workers.cancel_node(self)
        self.dismiss(bool(self.well))


def _connection() -> type:
    from soc_tui.opening.connection_test import Connection

    return Connection
