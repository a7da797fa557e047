"""Offers at the start to go on with a hunt that was cut off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.screen import Screen
from textual.widgets import Input

from soc_tui.hunting.cut_off import cut_off_text, standing
from soc_tui.model.errors import HistoryError
from soc_tui.model.hunt import Hunt
from soc_tui.model.wording import number_of
from soc_tui.tui.cockpit.part import Part, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.dialogs.choice import ChoiceScreen

_GO_ON, _SHOW, _LEAVE = "1", "2", "3"
"""Digits: a request that is being typed seldom begins with one."""


class CutOffHunts(Part):
    """Asks once, behind the first opening.

    Args:
        reopen: Opens a past hunt.
    """

    def __init__(
        self,
        screen: Screen[None],
        state: CockpitState,
        steps: StepRunner,
        reopen: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__(screen, state)
        self._steps = steps
        self._reopen = reopen

    @in_background(group="cut off")
    async def offer(self) -> None:
        """Offer the newest hunt that was cut off, unless something else was begun meanwhile."""
        hunter = self.state.hunter
        if hunter is None:
            return
        found = await hunter.keeper.cut_off(hunter.now())
        if not found:
            return
        hunt, more = found[0], len(found) - 1
        self.conversation.say(f"! A hunt was cut off: {cut_off_text(hunt)}.", "yellow")
        if more:
            self.conversation.say(f"{number_of(more, 'other')} too: see the history.", "dim")
        if not self._is_idle:
            return
        answer = await self.ask(
            ChoiceScreen(
                "A hunt was cut off",
                {
                    _GO_ON: f"Go on with it: {standing(hunt)}",
                    _SHOW: "Show it",
                    _LEAVE: "Leave it: it is not offered again",
                },
            )
        )
        if answer == _LEAVE:
            try:
                await hunter.keeper.leave(hunt.id)
            except HistoryError as error:
                self.conversation.say_error(error)
        elif answer:
            await self._reopen(hunt.id)
            if answer == _GO_ON:
                self._go_on(hunt)

    @property
    def _is_idle(self) -> bool:
        """Nothing is asked, typed or shown yet: a dialog is in nobody's way."""
        typed = self.screen.query_one("#request", Input).value
        return self.screen.is_current and not (typed or self.status.busy or self.state.hunt)

    def _go_on(self, cut_off: Hunt) -> None:
        hunter, hunt = self.state.hunter, self.state.hunt
        if hunter is not None and hunt is not None and hunt.id == cut_off.id:
            self._steps.start("going on", hunter.go_on(hunt), hunt)
