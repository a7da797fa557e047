"""Opening workspace and analyst behind the first paint, and others in their place later."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message
from textual.screen import Screen
from textual.widgets import TabbedContent

from soc_tui.model.errors import RefusedError, SocError
from soc_tui.model.hunt import Hunt
from soc_tui.review.pivots import Stop, Trail
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.config.settings import Settings
    from soc_tui.hunting.hunter import Hunter
    from soc_tui.tui.app import SocTui

_GROUP = "open"
_CODE_SECONDS = 60


class Progressed(Message):
    """The opening got further: told to the screen in front.

    Attributes:
        share: Done (0-1); 1 when it is over.
    """

    def __init__(self, what: str, share: float) -> None:
        super().__init__()
        self.what = what
        self.share = share


class Opening(Screen[None]):
    """The part of the main screen that opens things."""

    app: SocTui
    hunt: Hunt | None = None
    hunter: Hunter | None = None
    _aside: Hunt | None = None
    _waiting_request = ""
    _trail = Trail()

    async def show_stop(self, stop: Stop) -> None:
        """Show a query with the hunt that was open with it."""
        raise NotImplementedError

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    def _plan(self, request: str) -> None:
        raise NotImplementedError

    @property
    def opens(self) -> bool:
        """Whether the first opening is going on."""
        return any(each.group == _GROUP and each.is_running for each in self.workers)

    @work(exclusive=True, group=_GROUP, exit_on_error=False)
    async def open_first(self) -> None:
        """Open what the settings mean; what was asked meanwhile is planned then."""
        status, conversation = self.query_one(StatusStrip), self.query_one(Conversation)
        status.begin("opening")
        try:
            self.hunter = await self.app.open_hunter(self._opening, self._device_code)
        except SocError as error:
            conversation.say_error(error)
            conversation.say(f"{self._settings_key} opens the settings.", "bold")
            status.show_place("no logs are open", "no analyst", offline=False)
            return
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            self.app.report(error)
            return
        finally:
            status.finish()
            conversation.show_opening(None)
            self.app.screen.post_message(Progressed("", 1.0))
        self._show_opened(self.hunter)
        if not self.app.is_headless:
            gc.freeze()  # modules, rules, styles: they stay, and the collector need not look there
        if self._waiting_request:
            self._plan(self._waiting_request)

    async def settle(self, settings: Settings, places: tuple[str, ...]) -> None:
        """Open what other settings mean, keep these places of them in the files, and go on there.

        What was open stays so, and nothing is saved, when that fails. What a variable sets is not
        saved, which would be in vain: it holds for this run.

        Raises:
            SocError: a step is running, something cannot be opened or the files not be written.
        """
        from soc_tui.config.changing import save_changes

        opening = self.opens
        if self.query_one(StatusStrip).busy and not opening:
            raise RefusedError(
                "A step is running.", "It uses what is open now.", "Let it end, or cancel it (Esc)."
            )
        before = self.app.settings
        other = replace(settings, theme=before.theme) != before
        hunter = None
        if other or (self.hunter is None and not opening):
            hunter = await self.app.open_hunter(self._opening, self._device_code, settings)
        kept = [place for place in places if place not in self.app.fixed]
        try:
            await asyncio.to_thread(save_changes, settings, kept)
        except BaseException:
            if hunter is not None:
                await hunter.aclose()
            raise
        self.app.use(settings)
        if fixed := {self.app.fixed[place] for place in places if place not in kept}:
            self.notify(f"For this run: {', '.join(sorted(fixed))} says otherwise at each start.")
        if hunter is not None:
            self.workers.cancel_group(self, _GROUP)
            await self._go_on_with(hunter, moved=settings.workspace != before.workspace)

    async def _go_on_with(self, hunter: Hunter, *, moved: bool) -> None:
        """Args: moved: The logs are others: the query and rows on the screen are not theirs."""
        old, self.hunter = self.hunter, hunter
        self.query_one(Conversation).show_opening(None)
        self._show_opened(hunter)
        if moved:
            self._aside, self._trail = None, Trail()
            await self.show_stop(Stop("", None))
            self.action_show("ask")
        if old is not None:
            await old.aclose()
        elif self._waiting_request:
            self._plan(self._waiting_request)

    @property
    def _settings_key(self) -> str:
        return self.app.key_map.named("main.settings")

    def _show_opened(self, hunter: Hunter) -> None:
        if self.query_one(TabbedContent).active == "history":
            self.query_one(HistoryPane).post_message(HistoryPane.Filtered())
        self.query_one(QueryPane).use(hunter.catalog, hunter.history)
        offline = hunter.analyst.offline
        status = self.query_one(StatusStrip)
        status.show_place(hunter.workspace.name, hunter.analyst.name, offline)
        status.show_budget(lambda: hunter.spending.text)
        self.query_one(Conversation).say(
            f"Workspace: {hunter.workspace.name}. "
            + (
                "OFFLINE analyst: Sigma rules, no model, nothing leaves this machine. "
                f"Settings ({self._settings_key}) take a key for a model."
                if offline
                else f"Model: {hunter.analyst.name}."
            ),
            "dim",
        )

    def _opening(self, what: str, share: float) -> None:
        self.app.call_from_thread(self._show_opening, what, share)

    def _show_opening(self, what: str, share: float) -> None:
        if self.hunter is None:
            self.query_one(Conversation).show_opening(share)
        self.app.screen.post_message(Progressed(what, share))

    def _device_code(self, code: str, address: str) -> None:
        self.app.call_from_thread(self._show_device_code, code, address)

    def _show_device_code(self, code: str, address: str) -> None:
        text = f"Sign in: open {address} and enter the code {code}"
        self.query_one(Conversation).say(text, "bold")
        self.notify(text, timeout=_CODE_SECONDS, markup=False)
