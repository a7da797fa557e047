"""What time counts from, and which column tells when an event was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text
from textual.screen import Screen

from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.tui.cockpit.part import Answer, Part, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.panes.timeline import TimelinePane

if TYPE_CHECKING:
    from soc_tui.tui.cockpit.opening import Opening

_GROUP = "time of logs"
_ONLY_IMPORTED = "Only imported logs have this choice."


class TimeOfLogs(Part):
    """Switches both in a workspace of imported logs.

    Args:
        opening: Opens the workspace again.
    """

    def __init__(self, screen: Screen[None], state: CockpitState, opening: Opening) -> None:
        super().__init__(screen, state)
        self._opening = opening

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(TimelinePane.ClockAsked, self._switch_clock),
            Answer(TimelinePane.TimeColumnAsked, self._choose_column),
        )

    @in_background(exclusive=True, group=_GROUP)
    async def _switch_clock(self, message: TimelinePane.ClockAsked) -> None:
        """Count time from now instead of from the end of the logs, or back."""
        from soc_tui.opening.time_of_logs import CLOCK, clock, imported, other_clock

        if imported(self.app.settings) is None:
            self.notify(_ONLY_IMPORTED)
            return
        settings = other_clock(self.app.settings)
        try:
            await self._opening.open_and_save(settings, (CLOCK,), same_logs=True)
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        text = "now"
        if clock(settings) == "logs":
            end = self.state.hunter.end_of_old_logs if self.state.hunter else None
            text = "the end of the logs" + (f", {end:%Y-%m-%d %H:%M} UTC" if end else "")
        self.notify(f"Time counts from {text}.", markup=False)

    @in_background(exclusive=True, group=_GROUP)
    async def _choose_column(self, message: TimelinePane.TimeColumnAsked) -> None:
        """Show which column tells when an event of each table was, and take another."""
        from soc_tui.kql.reading.read import main_table
        from soc_tui.opening.time_of_logs import imported, take_column, times_of
        from soc_tui.tui.dialogs.pick import PickScreen

        file = imported(self.app.settings)
        if file is None:
            self.notify(_ONLY_IMPORTED)
            return
        try:
            times = await times_of(file)
            first = main_table(self.state.shown.kql) if self.state.shown else ""
            times = tuple(sorted(times, key=lambda one: one.table != first))
            if not times:
                self.notify("No table has a second column of times.")
                return
            choices = [(one, name) for one in times for name in (one.column, *one.others) if name]
            lines = [
                Text.assemble(
                    (f"{inert(one.table, 40):<34} ", "bold"),
                    inert(name, 60),
                    ("  tells the time now" if name == one.column else "", "dim"),
                )
                for one, name in choices
            ]
            number = await self.ask(PickScreen("Which column tells the time?", lines))
            if number < 0 or choices[number][1] == choices[number][0].column:
                return
            table, column = choices[number][0].table, choices[number][1]
            self.notify(f"Taking {inert(column, 60)} …", markup=False)
            left = await take_column(file, table, column)
            await self._opening.open_again()
        except SocError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.conversation.say(
            f"TimeGenerated of {inert(table, 60)} is {inert(column, 60)} now"
            + (f"; {left:,} rows have no time." if left else ".")
            + " Run the query again to see it."
        )
