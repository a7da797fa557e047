"""Pivots from a cell or an indicator, and the way back and forward."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.review.pivots import Ground, Pivot, Stop, Trail, cell_pivots, ioc_pivots, span_pivot
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.part import Answer, Part, ShowPane, in_background
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.timeline import TimelinePane

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


class Pivots(Part):
    """Puts queries into the editor. None runs by itself: F5 does."""

    def __init__(
        self, screen: Screen[None], state: CockpitState, display: HuntDisplay, show_pane: ShowPane
    ) -> None:
        super().__init__(screen, state)
        self._display = display
        self._show_pane = show_pane
        self._trail = Trail()

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(ResultsPane.PivotAsked, self._pivot_from_cell),
            Answer(FindingsPane.PivotAsked, self._pivot_from_finding),
            Answer(TimelinePane.SpanChosen, self._keep_span),
            Answer(TimelinePane.RowAsked, self._go_to_row),
        )

    def forget(self) -> None:
        """Forget where one has been: it was in other logs."""
        self._trail = Trail()

    @in_background(exclusive=True, group="pivot")
    async def _pivot_from_cell(self, message: ResultsPane.PivotAsked) -> None:
        """Offer the ways on from a cell."""
        hunt, hunter = self.state.shown, self.state.hunter
        if hunt is None or hunter is None or hunt.rows is None:
            return
        pivots = await asyncio.to_thread(
            cell_pivots, hunt, hunt.rows, message.index, message.name, _ground(hunter)
        )
        await self._choose(pivots)

    @in_background(exclusive=True, group="pivot")
    async def _pivot_from_finding(self, message: FindingsPane.PivotAsked) -> None:
        """Offer the ways on from the indicators of a finding."""
        hunt, hunter = self.state.shown, self.state.hunter
        if hunt is None or hunter is None:
            return
        hours = hunt.plan.time_range_hours if hunt.plan else hunter.limits.default_hours
        age = (hunter.now() - hunt.created).total_seconds() / 3600
        pivots = await asyncio.to_thread(
            ioc_pivots, message.finding.iocs, _ground(hunter), math.ceil(hours + age)
        )
        await self._choose(pivots)

    async def _choose(self, pivots: tuple[Pivot, ...]) -> None:
        if not pivots:
            self.notify("Nothing to pivot on: no host, account, IP address, file, hash or domain.")
            return
        choices = {pivot.key: inert(pivot.label, 100) for pivot in pivots}
        key = await self.ask(ChoiceScreen("Pivot", choices))
        chosen = next((pivot for pivot in pivots if pivot.key == key), None)
        if chosen is not None:
            await self._take(chosen)

    async def _take(self, pivot: Pivot) -> None:
        if self.state.hunter is not None:
            hunt = self.state.hunter.new_hunt(inert(f"Pivot: {pivot.label}"), pivot.kql)
            await self.go_on(Stop(pivot.kql, hunt))

    async def go_on(self, stop: Stop) -> None:
        """Show a new query; Back leads to the one that is on screen."""
        self._trail = self._trail.on(self._now(), stop)
        await self._bring(stop)

    async def _keep_span(self, message: TimelinePane.SpanChosen) -> None:
        """Put the query of the rows, narrowed to a span of time, into the editor."""
        if self.state.shown is None:
            return
        try:
            pivot = await asyncio.to_thread(
                span_pivot, self.state.shown.kql, message.column, message.span
            )
        except SocError as error:
            self.notify(error.what, markup=False)
            return
        await self._take(pivot)

    def _go_to_row(self, message: TimelinePane.RowAsked) -> None:
        """Go to the row."""
        self._show_pane("results")
        self.results_pane.go_to(message.index)

    async def back(self) -> None:
        """The query and rows before the last pivot."""
        await self._go(self._trail.back(self._now()), "No earlier query.")

    async def forward(self) -> None:
        """The query and rows that Back came from."""
        await self._go(self._trail.forward(self._now()), "No later query.")

    async def _go(self, gone: tuple[Trail, Stop] | None, otherwise: str) -> None:
        if gone is None:
            self.notify(otherwise)
            return
        self._trail, stop = gone
        await self._bring(stop)

    async def _bring(self, stop: Stop) -> None:
        await self._display.open(stop)
        shown = self.state.shown
        self._show_pane("results" if shown and shown.rows else "query")

    def _now(self) -> Stop:
        view = self.results_pane.view
        return Stop(self.query_pane.kql, self.state.hunt, view, self.state.shown)


def _ground(hunter: Hunter) -> Ground:
    return Ground(hunter.catalog, hunter.limits, hunter.query_now())
