"""Questions about a finding, answered in the conversation."""

from __future__ import annotations

from typing import Any

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.finding import Finding
from soc_tui.model.inert import inert
from soc_tui.tui.cockpit.part import Answer, Part, ShowPane
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.cockpit.step_runner import StepRunner
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.findings import FindingsPane


class FindingQuestions(Part):
    """Has questions on findings answered."""

    def __init__(
        self, screen: Screen[None], state: CockpitState, steps: StepRunner, show_pane: ShowPane
    ) -> None:
        super().__init__(screen, state)
        self._steps = steps
        self._show_pane = show_pane

    def answers(self) -> tuple[Answer[Any], ...]:
        """See `Part`."""
        return (
            Answer(FindingsPane.QuestionAsked, self._take_question),
            Answer(Conversation.AskedAbout, self._take_typed_question),
        )

    def _take_question(self, message: FindingsPane.QuestionAsked) -> None:
        """Ask the analyst; a question that is still to be typed is typed in the conversation."""
        if message.question:
            self._discuss(message.finding, message.question)
        else:
            self.conversation.ask_about(message.finding)
            self._show_pane("ask")

    def _take_typed_question(self, message: Conversation.AskedAbout) -> None:
        """Ask the analyst what was typed."""
        self._discuss(message.finding, message.question)

    def drop(self) -> None:
        """The next request is about the logs again, not about a finding."""
        self.conversation.ask_about(None)

    def show(self, event: events.Event) -> None:
        """Show the answer in the conversation, its query in the editor."""
        if not isinstance(event, events.Discussed):
            return
        conversation = self.conversation
        conversation.say_remark(event.remark)
        if event.remark.kql and event.verdict:
            self.state.hunt = self.state.shown
            query = self.query_pane
            query.kql = event.remark.kql
            query.show_verdict(event.verdict)
            self.status.show_verdict(event.verdict)
            told = "The query is in the editor. Edit it, then run it (F5)."
            conversation.say(self.worded(told), "bold")
        self._show_pane("query" if event.remark.kql else "ask")

    def _discuss(self, finding: Finding, question: str) -> None:
        hunter, hunt = self.state.hunter, self.state.shown
        if hunter is None or hunt is None:
            self.notify("The workspace is still opening.")
            return
        if not self.status.busy:
            title = inert(finding.title, 80)
            self.conversation.say(f"\n> {question} ({title})", "bold")
        step = hunter.discuss(hunt, finding.id, question)
        self._steps.start("answering the question", step)
