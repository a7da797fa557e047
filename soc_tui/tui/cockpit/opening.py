"""Opens the workspace and analyst behind the first paint, and replaces them later."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.screen import Screen

from soc_tui.model.errors import RefusedError, SocError
from soc_tui.review.pivots import Stop
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.part import OPENING_GROUP, Part, ShowPane, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.dialogs.opening_progress import OpeningProgressed
from soc_tui.tui.keys.keymap import in_effect
from soc_tui.tui.panes.history import HistoryPane

if TYPE_CHECKING:
    from soc_tui.config.settings import Settings
    from soc_tui.hunting.hunter import Hunter

_CODE_SECONDS = 60


class Opening(Part):
    """Opens things, and shows what is open.

    Args:
        plan_waiting: Plans what was asked meanwhile.
        offer: Offers what there is to go on with from an earlier run.
        forget_trail: Told when the logs are others: past pivots do not lead there.
    """

    def __init__(
        self,
        screen: Screen[None],
        state: CockpitState,
        *,
        display: HuntDisplay,
        show_pane: ShowPane,
        plan_waiting: Callable[[], None],
        offer: Callable[[], Awaitable[None]],
        forget_trail: Callable[[], None],
    ) -> None:
        super().__init__(screen, state)
        self._display = display
        self._show_pane = show_pane
        self._plan_waiting = plan_waiting
        self._offer = offer
        self._forget_trail = forget_trail

    @property
    def opens(self) -> bool:
        """Whether the first opening is going on."""
        return any(each.group == OPENING_GROUP and each.is_running for each in self.screen.workers)

    @in_background(exclusive=True, group=OPENING_GROUP)
    async def open_first(self) -> None:
        """Open what the settings mean; what was asked meanwhile is planned then."""
        status, conversation = self.status, self.conversation
        status.begin("opening")
        try:
            self.state.hunter = await self.app.open_hunter(self._progress, self._device_code)
        except SocError as error:
            conversation.say_error(error)
            conversation.say(f"Open the settings with {self._settings_key}.", "bold")
            status.show_place("no workspace open", "no analyst", offline=False)
            return
        except Exception as error:  # noqa: BLE001 - the last boundary: logged and shown
            self.app.report(error)
            conversation.say_error(SocError("Nothing was opened: internal error."))
            status.show_place("no workspace open", "no analyst", offline=False)
            return
        finally:
            status.finish()
            conversation.show_opening(None)
            self.screen.app.screen.post_message(OpeningProgressed("", 1.0))
        self._show_opened(self.state.hunter)
        if not self.screen.app.is_headless:
            gc.freeze()  # modules, rules, styles: they stay, and the collector need not look there
        self._plan_waiting()
        await self._offer()

    async def open_again(self) -> None:
        """Open the same, whose logs are others now, once more. SocError: it cannot be opened."""
        hunter = await self.app.open_hunter(self._progress, self._device_code, self.app.settings)
        self.screen.workers.cancel_group(self.screen, OPENING_GROUP)
        await self._go_on_with(hunter, moved=False)

    async def open_and_save(
        self, settings: Settings, places: tuple[str, ...], *, same_logs: bool = False
    ) -> None:
        """Open what other settings mean, keep these places of them in the files, and go on there.

        What was open stays so, and nothing is saved, when that fails. What a variable sets is not
        saved, which would be in vain: it holds for this run.

        Args:
            same_logs: The query and rows on the screen stay.

        Raises:
            SocError: a step is running, something cannot be opened or the files not be written.
        """
        from soc_tui.config.changing import save_changes

        opening = self.opens
        if self.status.busy and not opening:
            raise RefusedError(
                "A step is running.",
                "It uses what is open now.",
                "Wait for it, or cancel it (Esc).",
            )
        before = self.app.settings
        other = replace(settings, theme=before.theme) != before
        hunter = None
        if other or (self.state.hunter is None and not opening):
            hunter = await self.app.open_hunter(self._progress, self._device_code, settings)
        kept = [place for place in places if place not in self.app.fixed]
        try:
            await asyncio.to_thread(save_changes, settings, kept)
        except BaseException:
            if hunter is not None:
                await hunter.aclose()
            raise
        self.app.use(settings)
        if fixed := {self.app.fixed[place] for place in places if place not in kept}:
            self.notify(f"For this run: {', '.join(sorted(fixed))} overrides it at every start.")
        if hunter is not None:
            self.screen.workers.cancel_group(self.screen, OPENING_GROUP)
            moved = settings.workspace != before.workspace and not same_logs
            await self._go_on_with(hunter, moved=moved)

    async def _go_on_with(self, hunter: Hunter, *, moved: bool) -> None:
        """Args: moved: The logs are others: the query and rows on the screen are not theirs."""
        old, self.state.hunter = self.state.hunter, hunter
        self.conversation.show_opening(None)
        self._show_opened(hunter)
        if moved:
            self._forget_trail()
            await self._display.open(Stop("", None))
            self._show_pane("ask")
        if old is not None:
            await old.aclose()
        else:
            self._plan_waiting()

    @property
    def _settings_key(self) -> str:
        return in_effect(self.screen.app).named("main.settings")

    def _show_opened(self, hunter: Hunter) -> None:
        if self.tab == "history":
            self.history_pane.post_message(HistoryPane.Filtered())
        self.query_pane.use(hunter.catalog, hunter.history)
        offline = hunter.analyst.offline
        status = self.status
        end = hunter.end_of_old_logs
        place = (
            f"{hunter.workspace.name}, now = {end:%Y-%m-%d %H:%M}" if end else hunter.workspace.name
        )
        status.show_place(place, hunter.analyst.name, offline)
        status.show_budget(lambda: hunter.spending.text)
        self.conversation.say(
            f"Workspace: {hunter.workspace.name}. "
            + (
                "OFFLINE analyst: Sigma rules, no model, nothing leaves this machine. "
                f"Settings ({self._settings_key}) set up a model."
                if offline
                else f"Model: {hunter.analyst.name}."
            ),
            "dim",
        )
        for news in hunter.news:
            self.conversation.say(f"! {news}", "yellow")

    def _progress(self, what: str, share: float) -> None:
        self.screen.app.call_from_thread(self._show_opening, what, share)

    def _show_opening(self, what: str, share: float) -> None:
        if self.state.hunter is None:
            self.conversation.show_opening(share)
        self.screen.app.screen.post_message(OpeningProgressed(what, share))

    def _device_code(self, code: str, address: str) -> None:
        self.screen.app.call_from_thread(self._show_device_code, code, address)

    def _show_device_code(self, code: str, address: str) -> None:
        text = f"Sign in: open {address} and enter code {code}"
        self.conversation.say(text, "bold")
        self.notify(text, timeout=_CODE_SECONDS, markup=False)
