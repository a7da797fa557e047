"""The guardrails' verdict, one line per rule; moving in it moves in the text."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soc_tui.model.inert import inert
from soc_tui.model.verdict import Level, Place, Verdict, VerdictLine
from soc_tui.tui.keys.cockpit import VERDICT
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect

_WORDS = {Level.OK: "✓ OK", Level.WARN: "! WARN", Level.REFUSE: "✗ REFUSE"}
_STYLES = {Level.OK: "green", Level.WARN: "yellow", Level.REFUSE: "bold red"}


class VerdictList(OptionList):
    """Worst lines first. Word and sign give the level; color only repeats it."""

    BINDINGS: ClassVar[BindingList] = bindings(VERDICT)

    DEFAULT_CSS = """
    VerdictList {
        height: auto;
        max-height: 50%;
        border: none;
        padding: 0;
        background: $panel;
        text-wrap: wrap;
        scrollbar-size-vertical: 1;
        &:focus { border: none; }
        /* Without the keyboard in it the list has no cursor to show. */
        &:blur > .option-list--option-highlighted {
            color: $foreground;
            background: $panel;
            text-style: none;
        }
    }
    """

    class PlaceChosen(Message):
        """The cursor of the list is on a line with this place; `go` when Enter was pressed."""

        def __init__(self, place: Place | None, *, go: bool) -> None:
            super().__init__()
            self.place = place
            self.go = go

    lines: tuple[VerdictLine, ...] = ()

    def show(self, verdict: Verdict) -> None:
        """Show this verdict; the cursor stays on its line as far as there is one."""
        kept = self.highlighted
        self.lines = tuple(sorted(verdict.lines, key=lambda line: line.level, reverse=True))
        self.clear_options()
        key = in_effect(self.app).named("main.run_query")
        self.add_options(Option(_text(line, key)) for line in self.lines)
        if kept is not None and self.lines and self.has_focus:
            self.highlighted = min(kept, len(self.lines) - 1)

    def on_focus(self) -> None:
        """Begin at the worst line."""
        if self.highlighted is None and self.lines:
            self.highlighted = 0
        else:
            self._tell(go=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say where the line points to."""
        event.stop()
        self._tell(go=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter goes there."""
        event.stop()
        self._tell(go=True)

    def action_leave(self) -> None:
        """Back to the text."""
        self.post_message(self.PlaceChosen(None, go=True))

    def _tell(self, *, go: bool) -> None:
        if self.highlighted is not None and self.has_focus:
            self.post_message(self.PlaceChosen(self.lines[self.highlighted].place, go=go))


def _text(line: VerdictLine, run_key: str) -> Text:
    place = f" {line.place.line}:{line.place.column}" if line.place else ""
    added = f"{run_key} adds {line.added}" if line.added else ""
    parts = (line.message, line.hint, added)
    message = inert(". ".join(part.rstrip(".") for part in parts if part))
    return Text.assemble(
        (f"{_WORDS[line.level]:<8}", _STYLES[line.level]), f"{place} {line.rule}: ", message
    )
