"""Hunts of before: listed, opened and run again, compared, counted, reported and deleted."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from textual import work
from textual.worker import WorkerCancelled, WorkerFailed

from soc_tui.history.filters import HistoryFilter, parse_filter
from soc_tui.hunting.reruns import compare_runs, hunted, runs
from soc_tui.model import events
from soc_tui.model.errors import SocError
from soc_tui.model.hunt import Hunt, Status
from soc_tui.model.listing import Listed
from soc_tui.model.wording import number_of
from soc_tui.review.compare_runs import Comparison
from soc_tui.review.pivots import Stop
from soc_tui.review.trends import named
from soc_tui.tui.cockpit.reports import Reports
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.history_lines import hunt_line
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.history.store import History
    from soc_tui.hunting.hunter import Hunter

T = TypeVar("T")

PAST = "past"
"""Group of the workers that read or change hunts of before; Escape cancels them."""
_PAUSE_SECONDS = 0.15  # of typing, after which the history is searched
_BUSY = "A step is running. Esc cancels it."
_OUTCOMES = frozenset({Status.FOUND, Status.NO_FINDINGS, Status.NO_ROWS})


class Past(Reports):
    """The part of the main screen that has to do with hunts of before."""

    hunter: Hunter | None = None
    _ending = False

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    async def show_stop(self, stop: Stop) -> None:
        """Show a query with the hunt that was open with it."""
        raise NotImplementedError

    def show_end(self, hunt: Hunt) -> None:
        """Say how a hunt ended."""
        raise NotImplementedError

    def _start(self, what: str, step: AsyncIterator[events.Event]) -> None:
        raise NotImplementedError

    # -- the list ----------------------------------------------------------------------------------

    def on_history_pane_filtered(self) -> None:
        """List what fits, when the human pauses."""
        self.load_history(_PAUSE_SECONDS)

    @work(exclusive=True, group="history", exit_on_error=False)
    async def load_history(self, pause: float = 0.0) -> None:
        """List the hunts that fit the filter.

        Args:
            pause: Seconds to wait; another call meanwhile takes the place of this one.
        """
        await asyncio.sleep(pause)
        pane, hunter = self.query_one(HistoryPane), self.hunter
        if hunter is None:
            pane.show_nothing("The workspace is still opening.")
        elif hunter.history is None:
            pane.show_nothing("No history is kept.")
        else:
            now = hunter.now()
            wanted = parse_filter(pane.filter, now)
            history = hunter.history
            found = await self._read("Searching", lambda: history.listing(wanted))
            if found is None:
                pane.show_nothing("The history cannot be read; the reason is in the conversation.")
            else:
                pane.show_listing(found, now, (*wanted.problems, *wanted.unnamed))

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_trends_asked(self) -> None:
        """Show figures of the hunts that fit the filter."""
        from soc_tui.tui.dialogs.past_dialogs import TrendsScreen

        history, text = self._history, self.query_one(HistoryPane).filter.strip()
        if history is None or self.hunter is None:
            return
        wanted = parse_filter(text, self.hunter.now())
        trends = await self._cancellable("Counting", lambda: named(history.trends(wanted)))
        if trends is not None:
            await self.app.push_screen_wait(TrendsScreen(trends, text or "all hunts"))

    # -- one hunt ----------------------------------------------------------------------------------

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_chosen(self, message: HistoryPane.Chosen) -> None:
        """Open it."""
        await self._reopen(message.hunt.id)

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_again_asked(self, message: HistoryPane.AgainAsked) -> None:
        """Run its query again; plan its request anew when it has none. Guarded as always."""
        opened, hunter = await self._open_past(message.hunt.id), self.hunter
        if opened is None or hunter is None:
            return
        hunt = opened[0]
        say = self.query_one(Conversation).say
        say(f"\n> Again: {hunt.request or 'a query written by hand'} ({_when(hunt)})", "bold")
        if hunt.workspace != hunter.workspace.name:
            say(f"! It ran on {hunt.workspace}; now it runs on {hunter.workspace.name}.", "yellow")
        if hunt.kql.strip():
            self._start("querying", hunter.query_again(hunt))
        else:
            self._start("planning", hunter.plan_again(hunt))

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_comparison_asked(self, message: HistoryPane.ComparisonAsked) -> None:
        """Compare it with another run; the human chooses which when there are several."""
        from soc_tui.tui.dialogs.comparison import ComparisonScreen

        history, hunt = self._history, message.hunt
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
        place = await self.app.push_screen_wait(ComparisonScreen(*compared))
        if place is not None:
            await self._reopen(place.hunt_id, place.finding_id)

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_report_asked(self, message: HistoryPane.ReportAsked) -> None:
        """Write a report of it."""
        history = self._history
        if history is None:
            return
        hunt = await self._cancellable("Reading", lambda: history.load(message.hunt.id))
        if hunt is not None:
            await self.report(hunt)

    @work(exclusive=True, group=PAST, exit_on_error=False)
    async def on_history_pane_deletion_asked(self, message: HistoryPane.DeletionAsked) -> None:
        """Delete it when the human says yes; it does not stay open either."""
        from soc_tui.tui.dialogs.past_dialogs import DeletionScreen

        hunter, hunt = self.hunter, message.hunt
        if hunter is None or not await self.app.push_screen_wait(DeletionScreen(hunt)):
            return
        is_open = self.hunt is not None and self.hunt.id == hunt.id
        if is_open and self.query_one(StatusStrip).busy:
            self.notify(_BUSY)
            return
        if await self._told(_deleted(hunter, hunt.id)):
            self.notify("The hunt is deleted.")
            if is_open:
                await self.show_stop(Stop(hunt.kql, None))
                self.action_show("history")
        self.load_history()

    async def _one_of(self, others: tuple[Listed, ...]) -> Listed | None:
        if not others:
            told = "There is no other run of this hunt. {history.again} runs it again."
            self.notify(worded(self, told), markup=False)
            return None
        if len(others) == 1:
            return others[0]
        now = self.query_one(HistoryPane).read_at
        width = min(self.size.width, 110) - 8
        lines = (hunt_line(one, width, now) for one in others)
        place = await self.app.push_screen_wait(PickScreen("Compare with which run", lines))
        return others[place] if place >= 0 else None

    # -- opening -----------------------------------------------------------------------------------

    async def _reopen(self, hunt_id: str, finding_id: str = "") -> None:
        """Open a past hunt: request, query, rows as they were, findings, what was not seen."""
        opened = await self._open_past(hunt_id)
        if opened is None:
            return
        hunt, problem = opened
        await self.show_stop(Stop(hunt.kql, hunt))
        conversation = self.query_one(Conversation)
        conversation.say(f"\n> {hunt.request or 'A query written by hand'} ({_when(hunt)})", "bold")
        for remark in hunt.remarks:
            conversation.say(f"> {remark.question}", "bold")
            conversation.say_remark(remark)
        if problem:
            conversation.say(f"! Its rows are not open. {problem}", "yellow")
        if hunt.problem:
            conversation.say(f"It ended {hunt.status.value}: {hunt.problem}")
        if hunt.status in _OUTCOMES or hunt.reply:
            self.show_end(hunt)
        elif not hunt.problem:
            conversation.say(worded(self, _standing(hunt)))
        if hunted(hunt.status, len(hunt.findings)):
            self.action_show("findings")
            self.query_one(FindingsPane).choose(finding_id)
        else:
            self.action_show("results" if hunt.rows else "query")

    async def _open_past(self, hunt_id: str) -> tuple[Hunt, str] | None:
        """A hunt with its rows; None when it cannot be opened now, which is told."""
        status = self.query_one(StatusStrip)
        if status.busy and self._ending:  # it has its outcome, which is only still being kept
            steps = [each for each in self.workers if each.group == "step" and each.is_running]
            with contextlib.suppress(WorkerCancelled, WorkerFailed):
                await self.workers.wait_for_complete(steps)
        if status.busy or self.hunter is None:
            self.notify(_BUSY)
            return None
        status.begin("opening a hunt of before")
        try:
            return await self._told(self.hunter.keeper.reopen(hunt_id))
        finally:
            status.finish()

    # -- telling -----------------------------------------------------------------------------------

    @property
    def _history(self) -> History | None:
        return self.hunter.history if self.hunter else None

    async def _cancellable(self, what: str, reading: Callable[[], T]) -> T | None:
        """As `_read`, in a worker that Escape cancels."""
        return await self._read(f"{what}, Esc cancels", reading)

    async def _read(self, what: str, reading: Callable[[], T]) -> T | None:
        """What a thread reads from the history; None when that fails, which is told."""
        with self.query_one(HistoryPane).doing(what):
            return await self._told(asyncio.to_thread(reading))

    async def _told(self, doing: Awaitable[T]) -> T | None:
        """What comes of it; None when it fails, which is told."""
        try:
            return await doing
        except SocError as error:
            self.query_one(Conversation).say_error(error)
            self.notify(error.what, severity="error", markup=False)
            return None


async def _deleted(hunter: Hunter, hunt_id: str) -> bool:
    await hunter.keeper.delete(hunt_id)
    return True


def _compared(history: History, one: Listed, other: Listed) -> tuple[Hunt, Hunt, Comparison]:
    """Two runs, and what the later found anew, no longer, and again. Blocks."""
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
        return f"It is {hunt.status.value}, with {number_of(len(hunt.findings), 'finding')}."
    going_on = "F6 hunts through its rows." if hunt.rows else "F5 runs its query."
    return f"It is {hunt.status.value}, not hunted through. {going_on}"
