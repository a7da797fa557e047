"""What is open in the cockpit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from soc_tui.config.settings import FreeHunt
    from soc_tui.hunting.hunter import Hunter
    from soc_tui.model.events import Event
    from soc_tui.model.hunt import Hunt
    from soc_tui.tui.cockpit.whose_rows import Scene


@dataclass
class CockpitState:
    """Shared by all parts of the cockpit; there is one for the main screen.

    A hunt has one answer, so `hunt` and `shown` are the same state where they have one id.

    Attributes:
        hunter: Runs the steps of a hunt; None until the workspace is open.
        hunt: The hunt that the editor's text goes on with.
        shown: The hunt whose rows and findings the panes hold, and that is hunted next. Another
            than `hunt` from a new query until its rows arrive; None without any.
        unasked: Id of the hunt whose rows are hunted through because that is free; empty for none.
        asked: The last request, as long as it has no query: `hunt` stays open meanwhile.
    """

    hunter: Hunter | None = None
    hunt: Hunt | None = None
    shown: Hunt | None = None
    asked: Hunt | None = None
    unasked: str = ""

    @property
    def aside(self) -> Hunt | None:
        """A request that was answered or asked back: the next request follows it up."""
        from soc_tui.model.hunt import Status

        asked = self.asked
        return asked if asked and asked.status in {Status.ANSWERED, Status.ASKED} else None

    def hunts_unasked(self, free_hunt: FreeHunt) -> bool:
        """Whether rows are hunted through as soon as they arrive: that is free, and set so."""
        free = self.hunter is not None and self.hunter.analyst.offline
        return free and free_hunt == "after_rows"

    def take(self, event: Event) -> None:
        """Keep the state that an event of a step brings."""
        from soc_tui.model.events import HuntStarted, RowsArrived

        hunt = event.hunt
        if not hunt.kql:
            self.asked = hunt
            return
        self.asked = None
        if isinstance(event, RowsArrived):
            self.hunt = self.shown = hunt
        elif isinstance(event, HuntStarted):
            self._hunts_on(hunt)
        elif not self.keep(hunt) and hunt.rows is None:
            self.hunt = hunt
        # Else it is a second run through the shown rows, which are the first one's until it starts.

    def keep(self, hunt: Hunt) -> bool:
        """Keep a new state of an open hunt; False when no open hunt has its id."""
        is_hunt = self.hunt is not None and self.hunt.id == hunt.id
        is_shown = self.shown is not None and self.shown.id == hunt.id
        self.hunt = hunt if is_hunt else self.hunt
        self.shown = hunt if is_shown else self.shown
        return is_hunt or is_shown

    def latest(self, hunt: Hunt) -> Hunt | None:
        """The newest state of an open hunt; None when no open hunt has its id."""
        return next((one for one in (self.hunt, self.shown) if one and one.id == hunt.id), None)

    def _hunts_on(self, hunt: Hunt) -> None:
        if self.hunt and self.shown and self.hunt.id == self.shown.id:
            self.hunt = hunt
        self.shown = hunt

    def scene(self, kql: str) -> Scene:
        """What is on the screen, with this text in the editor."""
        from soc_tui.tui.cockpit.whose_rows import Scene

        workspace = self.hunter.workspace.name if self.hunter else ""
        return Scene(self.shown, self.hunt, self.asked, kql, workspace)
