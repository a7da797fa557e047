"""The KQL editor and the verdict on its text."""

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Static, TextArea

from soc_tui.model.inert import inert
from soc_tui.model.verdict import Level, Verdict, VerdictLine

JUDGE_AFTER_SECONDS = 0.3
_SHOWN_LINES = 4
_WORDS = {Level.OK: "OK", Level.WARN: "WARN", Level.REFUSE: "REFUSE"}
_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.REFUSE: "bold red"}


class QueryPane(Vertical):
    """An editor whose text is what will run."""

    class Typed(Message):
        """The text rests after a change and wants to be judged."""

        def __init__(self, kql: str) -> None:
            super().__init__()
            self.kql = kql

    _rest: Timer | None = None

    def compose(self) -> ComposeResult:
        """Editor above, verdict below."""
        yield TextArea(id="editor", show_line_numbers=True, tab_behavior="focus")
        yield Static("The query appears here; you can also type your own KQL.", id="verdict")

    def on_mount(self) -> None:
        """Name the pane."""
        self.border_title = "KQL (F3)  F5 runs it"

    @property
    def kql(self) -> str:
        """The text as it stands."""
        return self.query_one(TextArea).text

    @kql.setter
    def kql(self, text: str) -> None:
        editor = self.query_one(TextArea)
        if editor.text != text:
            # An edit, not a load, so that undo brings the old text back.
            editor.replace(text, (0, 0), editor.document.end)

    def on_text_area_changed(self) -> None:
        """Wait for the typing to rest."""
        if self._rest:
            self._rest.stop()
        self._rest = self.set_timer(
            JUDGE_AFTER_SECONDS, lambda: self.post_message(self.Typed(self.kql))
        )

    def show_verdict(self, verdict: Verdict) -> None:
        """The worst lines first; the word says the level, colour only repeats it."""
        if verdict.kql and verdict.kql != self.kql:
            return
        lines = sorted(verdict.lines, key=lambda line: line.level, reverse=True)
        shown = [line for line in lines if line.level] or lines
        text = Text("\n").join(_line(line) for line in shown[:_SHOWN_LINES])
        self.query_one("#verdict", Static).update(text)


def _line(line: VerdictLine) -> Text:
    place = f" {line.place.line}:{line.place.column}" if line.place else ""
    message = inert(" ".join(part for part in (line.message, line.hint) if part))
    return Text.assemble(
        (_WORDS[line.level], _STYLES[line.level]), f"{place} {line.rule}: ", message, no_wrap=False
    )
