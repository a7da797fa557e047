"""Repair dialogs: offer a repair, then accept or decline its changes."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult

from soc_tui.kql.editing.diff import Change, DiffLine, diff
from soc_tui.model.errors import SocError
from soc_tui.model.inert import inert
from soc_tui.model.repair import Repair
from soc_tui.model.verdict import Level
from soc_tui.tui.dialogs.text_dialog import TextDialog
from soc_tui.tui.keys.dialogs import DIFF, OFFER
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect

_STYLES = {Change.KEPT: "dim", Change.REMOVED: "red", Change.ADDED: "green"}


class RepairOffer(TextDialog):
    """A query was rejected: shall the analyst correct it? Answers "ask" or nothing.

    Args:
        analyst: Name of who would be asked.
        free: Nothing is sent and charged.
    """

    BINDINGS: ClassVar[BindingList] = bindings(OFFER)

    def __init__(self, error: SocError, analyst: str, *, free: bool) -> None:
        super().__init__()
        self._error = error
        self._analyst = analyst
        self._free = free

    def compose(self) -> ComposeResult:
        """The text under the keys that answer it."""
        yes, no = (in_effect(self.app).both(key) for key in OFFER)
        self.heading = f"Repair? {yes.capitalize()} asks for one, Esc or {no} declines"
        yield from super().compose()

    def text(self) -> Text:
        """What rejected it, and what asking means."""
        error = self._error
        text = Text()
        text.append(inert(error.what) + "\n", "bold red")
        for line in (error.why, error.next_step):
            if line:
                text.append(inert(line) + "\n")
        asks = (
            "unknown names are replaced by the nearest known ones; free, nothing is sent"
            if self._free
            else "it gets the query and this error; the cost is counted and shown"
        )
        text.append(f"\nBy {inert(self._analyst)}: {asks}. ")
        text.append("You see the change first. Nothing runs until you accept it.", "bold")
        return text


class DiffScreen(TextDialog):
    """The change line by line. Answers "run", "edit" (into the editor only) or nothing."""

    BINDINGS: ClassVar[BindingList] = bindings(DIFF)
    heading = (
        "Repair: {diff.answer_run} runs it, {diff.answer_edit} only edits, "
        "Esc or {diff.no} declines"
    )

    def __init__(self, repair: Repair) -> None:
        super().__init__()
        self._repair = repair

    def text(self) -> Text:
        """What was changed in words, the lines, and what the guardrails say of them."""
        repair = self._repair
        text = Text.assemble((f"{inert(repair.author)}: ", "bold"))
        for number, line in enumerate(repair.words.split("\n")):
            text.append(("\n" if number else "") + inert(line))
        text.append("\n\n")
        for changed in diff(repair.before, repair.after):
            text.append_text(_line(changed))
        text.append("\n")
        for note in repair.notes:
            text.append(f"! {inert(note)}\n", "yellow")
        for warned in repair.verdict.lines:
            if warned.level is Level.WARN:
                text.append(f"WARN {inert(warned.rule)}: {inert(warned.message)}\n", "yellow")
        text.append("The guardrails allow it.\n", "bold")
        return text


def _line(line: DiffLine) -> Text:
    """The sign carries the meaning, color only repeats it; the differing part is underlined."""
    style = _STYLES[line.change]
    text = Text(f"{line.change.value} ", style)
    end = 0
    for start, stop in line.spans:
        text.append(inert(line.text[end:start]), style)
        text.append(inert(line.text[start:stop]), f"{style} bold underline")
        end = stop
    text.append(inert(line.text[end:]) + "\n", style)
    return text
