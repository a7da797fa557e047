"""Going on from a cell or an indicator, and back and forward through where one has been."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.review.pivots import Ground, Pivot, Stop, Trail, cell_pivots, ioc_pivots, span_pivot
from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.timeline import TimelinePane

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


class Pivots(Screen[None]):
    """The part of the main screen that pivots. Nothing runs by itself: F5 does."""

    hunt: Hunt | None = None
    hunter: Hunter | None = None
    _trail = Trail()

    async def show_stop(self, stop: Stop) -> None:
        """Show a query with the hunt that was open with it."""
        raise NotImplementedError

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    @work(exclusive=True, group="pivot", exit_on_error=False)
    async def on_results_pane_pivot_asked(self, message: ResultsPane.PivotAsked) -> None:
        """Offer the ways on from a cell."""
        hunt, hunter = self.hunt, self.hunter
        if hunt is None or hunter is None or hunt.rows is None:
            return
        pivots = await asyncio.to_thread(
            cell_pivots, hunt, hunt.rows, message.index, message.name, _ground(hunter)
        )
        await self._choose(pivots)

    @work(exclusive=True, group="pivot", exit_on_error=False)
    async def on_findings_pane_pivot_asked(self, message: FindingsPane.PivotAsked) -> None:
        """Offer the ways on from the indicators of a finding."""
        hunt, hunter = self.hunt, self.hunter
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
            self.notify("Nothing here leads on: no host, account, address, file, hash or domain.")
            return
        choices = {pivot.key: inert(pivot.label, 100) for pivot in pivots}
        key = await self.app.push_screen_wait(ChoiceScreen("Pivot", choices))
        chosen = next((pivot for pivot in pivots if pivot.key == key), None)
        if chosen is not None:
            await self._take(chosen)

    async def _take(self, pivot: Pivot) -> None:
        if self.hunter is not None:
            hunt = self.hunter.new_hunt(inert(f"Pivot: {pivot.label}"), pivot.kql)
            await self.go_on(Stop(pivot.kql, hunt))

    async def go_on(self, stop: Stop) -> None:
        """Show a new query; Back leads to the one that is on screen."""
        self._trail = self._trail.on(self._now(), stop)
        await self._bring(stop)

    async def on_timeline_pane_span_chosen(self, message: TimelinePane.SpanChosen) -> None:
        """Put the open query, narrowed to a span of time, into the editor."""
        if self.hunt is None:
            return
        try:
            pivot = await asyncio.to_thread(span_pivot, self.hunt.kql, message.column, message.span)
        except SocError as error:
            self.notify(error.what, markup=False)
            return
        await self._take(pivot)

    def on_timeline_pane_row_asked(self, message: TimelinePane.RowAsked) -> None:
        """Go to the row."""
        self.action_show("results")
        self.query_one(ResultsPane).go_to(message.index)

    async def action_pivot_back(self) -> None:
        """The query and rows before the last pivot."""
        await self._go(self._trail.back(self._now()), "There is nothing before this.")

    async def action_pivot_forward(self) -> None:
        """The query and rows that Back came from."""
        await self._go(self._trail.forward(self._now()), "There is nothing after this.")

    async def _go(self, gone: tuple[Trail, Stop] | None, otherwise: str) -> None:
        if gone is None:
            self.notify(otherwise)
            return
        self._trail, stop = gone
        await self._bring(stop)

    async def _bring(self, stop: Stop) -> None:
        await self.show_stop(stop)
        self.action_show("results" if stop.hunt and stop.hunt.rows else "query")

    def _now(self) -> Stop:
        view = self.query_one(ResultsPane).view
        return Stop(self.query_one(QueryPane).kql, self.hunt, view)


def _ground(hunter: Hunter) -> Ground:
    return Ground(hunter.catalog, hunter.limits, hunter.now())
