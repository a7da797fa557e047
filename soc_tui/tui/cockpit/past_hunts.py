"""Past hunts: listed, opened and run again, compared, counted, reported and deleted."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from textual.screen import Screen

from soc_tui.history.filters import HistoryFilter, parse_filter
from soc_tui.hunting.hunt_keeper import Reopened
from soc_tui.hunting.reruns import compare_runs, hunted, runs
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.listing import Listed
from soc_tui.model.wording import number_of
from soc_tui.review.compare_runs import Comparison
from soc_tui.review.pivots import Stop
from soc_tui.review.trends import named
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.part import Answer, Part, ShowPane, in_background
from soc_tui.tui.cockpit.reports import Reports
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import BUSY, StepRunner
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.history_lines import hunt_line

if TYPE_CHECKING:
    from soc_tui.history.store import History
    from soc_tui.hunting.hunter import Hunter

T = TypeVar("T")

_GROUP = "past"
"""Workers that read or change past hunts; Escape cancels them."""
_PAUSE_SECONDS = 0.15  # of typing, after which the history is searched
_OUTCOMES = frozenset({Status.FOUND, Status.NO_FINDINGS, Status.NO_ROWS})


class PastHunts(Part):
    """Lists past hunts, and does with one what is asked for."""

    def __init__(
        self,
        screen: Screen[None],
        state: CockpitState,
        *,
        steps: StepRunner,
        display: HuntDisplay,
        reports: Reports,
        show_pane: ShowPane,
    ) -> None:
        super().__init__(screen, state)
        self._steps = steps
        self._display = display
        self._reports = reports
        self._show_pane = show_pane

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        pane = HistoryPane
        return (
            Answer(pane.Filtered, lambda _: self.load_list(_PAUSE_SECONDS)),
            Answer(pane.TrendsAsked, self._show_trends),
            Answer(pane.Chosen, self._open_chosen),
            Answer(pane.AgainAsked, self._run_again),
            Answer(pane.ComparisonAsked, self._compare),
            Answer(pane.ReportAsked, self._report),
            Answer(pane.DeletionAsked, self._delete),
        )

    def cancel(self) -> None:
        """Cancel what is being read or changed."""
        self.screen.workers.cancel_group(self.screen, _GROUP)

    # -- the list ----------------------------------------------------------------------------------

    @in_background(exclusive=True, group="history")
    async def load_list(self, pause: float = 0.0) -> None:
        """List the hunts that fit the filter.

        Args:
            pause: Seconds to wait; another call meanwhile takes the place of this one.
        """
        await asyncio.sleep(pause)
        pane, hunter = self.history_pane, self.state.hunter
        if hunter is None:
            pane.show_nothing("The workspace is still opening.")
        elif hunter.history is None:
            pane.show_nothing("History is off.")
        else:
            now = hunter.now()
            wanted = parse_filter(pane.filter, now)
            history = hunter.history
            found = await self._read("Searching", lambda: history.listing(wanted))
            if found is None:
                pane.show_nothing("The history cannot be read; see the conversation.")
            else:
                pane.show_listing(found, now, (*wanted.problems, *wanted.unnamed))

    @in_background(exclusive=True, group=_GROUP)
    async def _show_trends(self, _: HistoryPane.TrendsAsked) -> None:
        """Show figures of the hunts that fit the filter."""
        from soc_tui.tui.dialogs.trends import TrendsScreen

        history, text = self._store, self.history_pane.filter.strip()
        if history is None or self.state.hunter is None:
            return
        wanted = parse_filter(text, self.state.hunter.now())
        trends = await self._cancellable("Counting", lambda: named(history.trends(wanted)))
        if trends is not None:
            await self.ask(TrendsScreen(trends, text or "all hunts"))

    # -- one hunt ----------------------------------------------------------------------------------

    @in_background(exclusive=True, group=_GROUP)
    async def _open_chosen(self, message: HistoryPane.Chosen) -> None:
        """Open it."""
        await self.reopen(message.hunt.id)

    @in_background(exclusive=True, group=_GROUP)
    async def _run_again(self, message: HistoryPane.AgainAsked) -> None:
        """Run its query again, or plan its request again if it has none. Guarded as always."""
        opened, hunter = await self._open_past(message.hunt.id), self.state.hunter
        if opened is None or hunter is None:
            return
        hunt = opened.hunt
        say = self.conversation.say
        say(f"\n> Again: {hunt.request or 'a manual query'} ({_when(hunt)})", "bold")
        if hunt.workspace != hunter.workspace.name:
            say(f"! It ran on {hunt.workspace}; this run uses {hunter.workspace.name}.", "yellow")
        if hunt.kql.strip():
            self._steps.start("querying", hunter.query_again(hunt))
        else:
            self._steps.start("planning", hunter.plan_again(hunt))

    @in_background(exclusive=True, group=_GROUP)
    async def _compare(self, message: HistoryPane.ComparisonAsked) -> None:
        """Compare it with another run, which is chosen when there are several."""
        from soc_tui.tui.dialogs.comparison import ComparisonScreen

        history, hunt = self._store, message.hunt
        if history is None:
            return
        others = await self._cancellable(
            "Looking for other runs", lambda: _other_runs(history, hunt)
        )
        other = await self._one_of(others) if others is not None else None
        if other is None:
            return
        pair = sorted((hunt, other), key=lambda one: (one.created, one.id))
        compared = await self._cancellable("Comparing", lambda: _compared(history, *pair))
        if compared is None:
            return
        place = await self.ask(ComparisonScreen(*compared))
        if place is not None:
            await self.reopen(place.hunt_id, place.finding_id)

    @in_background(exclusive=True, group=_GROUP)
    async def _report(self, message: HistoryPane.ReportAsked) -> None:
        """Write a report of it."""
        history = self._store
        if history is None:
            return
        hunt = await self._cancellable("Reading", lambda: history.load(message.hunt.id))
        if hunt is not None:
            await self._reports.write(hunt)

    @in_background(exclusive=True, group=_GROUP)
    async def _delete(self, message: HistoryPane.DeletionAsked) -> None:
        """Delete it after a yes; it does not stay open either."""
        from soc_tui.tui.dialogs.deletion import DeletionScreen

        hunter, hunt = self.state.hunter, message.hunt
        if hunter is None or not await self.ask(DeletionScreen(hunt)):
            return
        state = self.state
        is_open = state.hunt is not None and state.hunt.id == hunt.id
        is_shown = state.shown is not None and state.shown.id == hunt.id
        if (is_open or is_shown) and self.status.busy:
            self.notify(BUSY)
            return
        if await self._told(_deleted(hunter, hunt.id)):
            self.notify("Hunt deleted.")
            if is_open:
                await self._display.open(Stop(hunt.kql, None))
            elif is_shown:
                await self._display.clear()
            if is_open or is_shown:
                self._show_pane("history")
        self.load_list()

    async def _one_of(self, others: tuple[Listed, ...]) -> Listed | None:
        if not others:
            told = "This hunt has no other run. Run it again with {history.again}."
            self.notify(self.worded(told), markup=False)
            return None
        if len(others) == 1:
            return others[0]
        now = self.history_pane.read_at
        width = min(self.screen.size.width, 110) - 8
        lines = (hunt_line(one, width, now) for one in others)
        place = await self.ask(PickScreen("Compare with", lines))
        return others[place] if place >= 0 else None

    # -- opening -----------------------------------------------------------------------------------

    async def reopen(self, hunt_id: str, finding_id: str = "") -> None:
        """Open a past hunt: request, query, rows as they were, findings, what was not seen."""
        opened = await self._open_past(hunt_id)
        if opened is None:
            return
        hunt = opened.hunt
        await self._display.open(Stop(hunt.kql, hunt))
        conversation = self.conversation
        conversation.say(f"\n> {hunt.request or 'A manual query'} ({_when(hunt)})", "bold")
        for remark in hunt.remarks:
            conversation.say(f"> {remark.question}", "bold")
            conversation.say_remark(remark)
        if opened.problem:
            conversation.say(f"! Its rows are not available. {opened.problem}", "yellow")
        if opened.made:
            mark, style = ("", "dim") if opened.made_here else ("! ", "yellow")
            conversation.say(f"{mark}{opened.made}", style)
        if hunt.problem:
            conversation.say(f"Status: {hunt.status.value}. {hunt.problem}")
        if hunt.status in _OUTCOMES or hunt.reply:
            self._display.show_end(hunt)
        elif not hunt.problem:
            conversation.say(self.worded(_standing(hunt)))
        if hunted(hunt.status, len(hunt.findings)):
            self._show_pane("findings")
            self.findings_pane.choose(finding_id)
        else:
            self._show_pane("results" if hunt.rows else "query")

    async def _open_past(self, hunt_id: str) -> Reopened | None:
        """A hunt with its rows; None if it cannot be opened now, which is reported."""
        status = self.status
        await self._steps.recorded()
        if status.busy or self.state.hunter is None:
            self.notify(BUSY)
            return None
        status.begin("opening a past hunt")
        try:
            return await self._told(self.state.hunter.keeper.reopen(hunt_id))
        finally:
            status.finish()

    # -- telling -----------------------------------------------------------------------------------

    @property
    def _store(self) -> History | None:
        return self.state.hunter.history if self.state.hunter else None

    async def _cancellable(self, what: str, reading: Callable[[], T]) -> T | None:
        """As `_read`, in a worker that Escape cancels."""
        return await self._read(f"{what}, Esc cancels", reading)

    async def _read(self, what: str, reading: Callable[[], T]) -> T | None:
        """What a thread reads from the history; None if that fails, which is reported."""
        with self.history_pane.doing(what):
            return await self._told(asyncio.to_thread(reading))

    async def _told(self, doing: Awaitable[T]) -> T | None:
        """The result; None on failure, which is reported."""
        try:
            return await doing
        except SocError as error:
            self.conversation.say_error(error)
            self.notify(error.what, severity="error", markup=False)
            return None


async def _deleted(hunter: Hunter, hunt_id: str) -> bool:
    await hunter.keeper.delete(hunt_id)
    return True


def _compared(history: History, one: Listed, other: Listed) -> tuple[Hunt, Hunt, Comparison]:
    """Two runs and their new, gone and same findings. Blocks."""
    earlier, later = history.load(one.id), history.load(other.id)
    return earlier, later, compare_runs(earlier, later)


def _other_runs(history: History, hunt: Listed) -> tuple[Listed, ...]:
    """Other runs of a hunt that got so far that they can be compared. Blocks."""
    hunts = history.listing(HistoryFilter(), sys.maxsize).hunts
    return tuple(one for one in runs(hunt, hunts) if hunted(one.status, one.findings))


def _when(hunt: Hunt) -> str:
    return f"{hunt.created:%Y-%m-%d %H:%M} UTC"


def _standing(hunt: Hunt) -> str:
    """How far a hunt got that did not end, and what goes on from there."""
    if hunt.findings:
        return f"Status: {hunt.status.value}, with {number_of(len(hunt.findings), 'finding')}."
    going_on = "Hunt through its rows with F6." if hunt.rows else "Run its query with F5."
    return f"Status: {hunt.status.value}, not hunted. {going_on}"
