"""All parts of the cockpit, put together: made behind the first frame."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.tui.cockpit.coverage_receipts import CoverageReceipts
from soc_tui.tui.cockpit.cut_off_hunts import CutOffHunts
from soc_tui.tui.cockpit.detections import Detections
from soc_tui.tui.cockpit.exclusions import Exclusions
from soc_tui.tui.cockpit.finding_questions import FindingQuestions
from soc_tui.tui.cockpit.hunt_display import HuntDisplay
from soc_tui.tui.cockpit.hunt_steps import HuntSteps
from soc_tui.tui.cockpit.left_open_work import LeftOpenWork
from soc_tui.tui.cockpit.opening import Opening
from soc_tui.tui.cockpit.part import Part, ShowPane
from soc_tui.tui.cockpit.past_hunts import PastHunts
from soc_tui.tui.cockpit.pivots import Pivots
from soc_tui.tui.cockpit.playbooks import Playbooks
from soc_tui.tui.cockpit.query_help import QueryHelp
from soc_tui.tui.cockpit.reports import Reports
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.cockpit.time_of_logs import TimeOfLogs
from soc_tui.tui.cockpit.triage import Triage
from soc_tui.tui.cockpit.work import Work
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.pane_message import PaneMessage


class Parts:
    """Each thing that the cockpit does, and which messages of panes it answers.

    Args:
        screen: The main screen.
        state: What is open.
        show_pane: Brings a pane to the front.
        fill: Brings what a tab shows up to date, by the tab's id.
    """

    def __init__(
        self,
        screen: Screen[None],
        state: CockpitState,
        show_pane: ShowPane,
        fill: Callable[[str], None],
    ) -> None:
        self._screen = screen
        self._state = state
        self._fill = fill
        self.hunt_display = HuntDisplay(screen, state, show_pane)
        self.triage = Triage(screen, state, show_pane)
        self.steps = StepRunner(
            screen,
            state,
            with_triage=self.triage.with_triage,
            show=self._show_event,
            ended=self._show_ended,
        )
        self.hunt_steps = HuntSteps(screen, state, self.steps)
        self.query_help = QueryHelp(screen, state, self.steps)
        self.finding_questions = FindingQuestions(screen, state, self.steps, show_pane)
        self.pivots = Pivots(screen, state, self.hunt_display, show_pane)
        self.playbooks = Playbooks(screen, state, self.pivots)
        self.reports = Reports(screen, state)
        self.detections = Detections(screen, state)
        self.exclusions = Exclusions(screen, state)
        self.coverage_receipts = CoverageReceipts(screen, state)
        self.past_hunts = PastHunts(
            screen,
            state,
            steps=self.steps,
            display=self.hunt_display,
            reports=self.reports,
            show_pane=show_pane,
        )
        self.cut_off_hunts = CutOffHunts(screen, state, self.steps, self.past_hunts.reopen)
        self.left_open_work = LeftOpenWork(screen, state, self.hunt_display)
        self.opening = Opening(
            screen,
            state,
            offer=self._offer,
            display=self.hunt_display,
            show_pane=show_pane,
            plan_waiting=self.hunt_steps.plan_waiting,
            forget_trail=self.pivots.forget,
        )
        self.time_of_logs = TimeOfLogs(screen, state, self.opening)
        self.every: tuple[Part, ...] = (
            self.hunt_display,
            self.triage,
            self.steps,
            self.hunt_steps,
            self.query_help,
            self.finding_questions,
            self.pivots,
            self.playbooks,
            self.reports,
            self.detections,
            self.exclusions,
            self.coverage_receipts,
            self.past_hunts,
            self.cut_off_hunts,
            self.left_open_work,
            self.opening,
            self.time_of_logs,
        )
        self._answers: dict[type[PaneMessage], Callable[[Any], object]] = {
            answer.message: answer.by for part in self.every for answer in part.answers()
        }

    async def _offer(self) -> None:
        """What there is of an earlier run."""
        await self.left_open_work.bring_back()
        self.cut_off_hunts.offer()

    async def answer(self, message: PaneMessage) -> None:
        """Hand a message of a pane to the part that has the answer."""
        done = self._answers[type(message)](message)
        if inspect.isawaitable(done):
            await done

    async def _show_event(self, event: events.Event) -> None:
        """Show an event of a step, and go on from it."""
        await self.hunt_display.show(event)
        self.hunt_steps.show(event)
        self.query_help.show(event)
        self.finding_questions.show(event)

    def _show_ended(self) -> None:
        """A step has ended, whichever way."""
        self._screen.query_one(FindingsPane).show_unseen(self._state.shown)
        self.hunt_display.show_whose()
        self._fill(self._screen.query_one(Work).front)
