"""Not this again: findings like one are left out of later hunts."""

from __future__ import annotations

import asyncio
from typing import Any

from rich.text import Text

from soc_tui.config.exclusions_file import add_exclusion, exclusions_path
from soc_tui.model.errors import ConfigError
from soc_tui.model.inert import inert
from soc_tui.review.exclusions import offers
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.panes.findings import FindingsPane

_LINE = 200


class Exclusions(Part):
    """Adds to what is left out."""

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (Answer(FindingsPane.ExclusionAsked, self._exclude),)

    @in_background(exclusive=True, group="exclusion")
    async def _exclude(self, message: FindingsPane.ExclusionAsked) -> None:
        """Offer what can be left out because of it, the narrowest first, and write it down."""
        if self.state.hunter is None:
            return
        choices = offers(message.finding, self.state.hunter.now().date())
        lines = [Text(inert(one.text, _LINE)) for one in choices]
        chosen = await self.ask(PickScreen("Later hunts leave out", lines))
        if chosen < 0:
            return
        try:
            await asyncio.to_thread(add_exclusion, choices[chosen])
        except ConfigError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.notify(
            f"Later hunts leave out and count: {inert(choices[chosen].text, _LINE)}. "
            f"To take it back, edit {inert(str(exclusions_path()))}.",
            markup=False,
        )
