"""Questions on a finding, asked from the findings and answered in the conversation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from textual.screen import Screen

from soc_tui.model import events
from soc_tui.model.finding import Finding
from soc_tui.model.hunt import Hunt
from soc_tui.model.inert import inert
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.hunting.hunter import Hunter


class FindingQuestions(Screen[None]):
    """The part of the main screen that has questions on findings answered."""

    hunt: Hunt | None = None
    hunter: Hunter | None = None

    def _start(self, what: str, step: AsyncIterator[events.Event]) -> None:
        raise NotImplementedError

    def action_show(self, pane: str) -> None:
        """Bring a pane to the front and put the keyboard there."""
        raise NotImplementedError

    def on_findings_pane_question_asked(self, message: FindingsPane.QuestionAsked) -> None:
        """Ask the analyst; a question that is still to be typed is typed in the conversation."""
        if message.question:
            self._discuss(message.finding, message.question)
        else:
            self.query_one(Conversation).ask_about(message.finding)
            self.action_show("ask")

    def on_conversation_asked_about(self, message: Conversation.AskedAbout) -> None:
        """Ask the analyst what was typed."""
        self._discuss(message.finding, message.question)

    def show_answer(self, event: events.Event) -> None:
        """The answer in the conversation, its query in the editor."""
        if not isinstance(event, events.Discussed):
            return
        conversation = self.query_one(Conversation)
        conversation.say_remark(event.remark)
        if event.remark.kql and event.verdict:
            query = self.query_one(QueryPane)
            query.kql = event.remark.kql
            query.show_verdict(event.verdict)
            self.query_one(StatusStrip).show_verdict(event.verdict)
            conversation.say(
                worded(self, "The query is in the editor: edit it, then F5 runs it."), "bold"
            )
        self.action_show("query" if event.remark.kql else "ask")

    def _discuss(self, finding: Finding, question: str) -> None:
        if self.hunter is None or self.hunt is None:
            self.notify("The workspace is still opening.")
            return
        if not self.query_one(StatusStrip).busy:
            title = inert(finding.title, 80)
            self.query_one(Conversation).say(f"\n> {question} ({title})", "bold")
        step = self.hunter.discuss(self.hunt, finding.id, question)
        self._start("asking about the finding", step)
