"""The query editor: colored, marked, completed. Shows exactly the text that will run."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.text import Text
from textual import events, work
from textual.message import Message
from textual.widgets.text_area import Edit, EditResult, Location

from soc_tui.kql.editing.comments import toggled
from soc_tui.kql.editing.highlight import Colour, Words, line_spans
from soc_tui.kql.editing.names import Names
from soc_tui.kql.text.brackets import BRACKETS, partner
from soc_tui.kql.text.lexer import LONGEST_LINE, fences
from soc_tui.model.inert import one_cell
from soc_tui.model.verdict import Level, VerdictLine
from soc_tui.tui.editor.long_line import LongLine
from soc_tui.tui.editor.marks import Marks
from soc_tui.tui.editor.popup import CompletionList
from soc_tui.tui.keys.cockpit import EDITOR
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.terminal.lean_text_area import LeanTextArea
from soc_tui.tui.worker_errors import ShowsWorkerErrors

if TYPE_CHECKING:
    from soc_tui.kql.editing.completion import Completion, Completions

_UNDO_STEPS = 500
_shown = functools.lru_cache(8)(one_cell)
"""Of a long line, whose rows are drawn one by one."""


class KqlEditor(ShowsWorkerErrors, LeanTextArea):
    """A TextArea that knows KQL. Textual's highlighting needs tree-sitter, which lacks KQL."""

    BINDINGS: ClassVar[BindingList] = bindings(EDITOR)

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"kql--{colour.value}" for colour in Colour),
        "kql--refused",
        "kql--warned",
    }

    DEFAULT_CSS = """
    KqlEditor {
        & .kql--comment { text-style: dim italic; }
        & .kql--string { color: $text-warning; }
        & .kql--number { color: $text-warning; }
        & .kql--operator { color: $text-primary; text-style: bold; }
        & .kql--keyword { color: $text-primary; }
        & .kql--function { color: $text-secondary; }
        & .kql--table { color: $text-success; text-style: bold; }
        & .kql--column { color: $text-success; }
        & .kql--error { color: $text-error; text-style: underline; }
        & .kql--refused { color: $text-error; text-style: bold underline; }
        & .kql--warned { color: $text-warning; text-style: underline; }
    }
    """

    class Asked(Message):
        """Something that needs more than the text: a file, a past query, the own editor."""

        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def __init__(self, popup: CompletionList) -> None:
        # TextArea's own constructor already draws and lexes.
        self.names = Names()
        self._words = Words()
        self._fences: list[str] = [""]
        self._marks = Marks()
        self.popup = popup
        self._typing = False
        super().__init__(
            id="editor",
            show_line_numbers=True,
            tab_behavior="focus",
            max_checkpoints=_UNDO_STEPS,
            placeholder="The query appears here. You can also type KQL.",
        )
        self.cursor_blink = False  # over SSH each blink is traffic

    # -- what is shown -----------------------------------------------------------------------------

    def know(self, names: Names) -> None:
        """Use these names for coloring and completion from now on."""
        self.names = names
        if names.words() != self._words:
            self._words = names.words()
            self.draw_anew()

    def mark(self, lines: Iterable[VerdictLine]) -> None:
        """Mark what these lines of a verdict are about."""
        self._marks = Marks.of(lines, self.document.lines)
        self.draw_anew()

    def get_line(self, line_index: int) -> Text:
        """The line as it is drawn: inert, colored, marked."""
        line = self.document.get_line(line_index)
        long = len(line) > LONGEST_LINE
        kind, shown = (LongLine, _shown(line)) if long else (Text, one_cell(line))
        text = kind(shown, end="", no_wrap=True)
        if not long:
            lines = self.document.lines
            for span in line_spans(lines, self._fences, line_index, self._words):
                style = self.get_component_rich_style(f"kql--{span.colour.value}", partial=True)
                text.stylize(style, span.start, span.end)
        for start, end, level in self._marks.on(line_index):
            name = "kql--refused" if level is Level.REFUSE else "kql--warned"
            text.stylize(self.get_component_rich_style(name, partial=True), start, end)
        return text

    def find_matching_bracket(self, bracket: str, search_from: Location) -> Location | None:
        """The partner of the bracket at the cursor, else of the one before it."""
        row, column = search_from
        lines = self.document.lines
        line = lines[row]
        near = [at for at in (column, column - 1) if line[at : at + 1] and line[at] in BRACKETS]
        if not near:
            return None
        now = fences(lines)  # an edit asks for brackets before it tells that it is done
        found = (partner(lines, now, (row, at)) for at in near)
        return next((place for place in found if place), None)

    # -- changing the text -------------------------------------------------------------------------

    def rewrite(self, text: str, cursor: Location = (0, 0)) -> None:
        """Replace the whole text in one step that undo takes back; another query shows its start.

        Args:
            cursor: Where it goes; one that the text does not have goes to the nearest that it has.
        """
        if text == self.text:
            return
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end, maintain_selection_offset=False)
        self.history.checkpoint()
        self.move_cursor(cursor)

    def action_top(self) -> None:
        """Go to the first line."""
        self.move_cursor((0, 0))

    def action_bottom(self) -> None:
        """Go behind the last line."""
        self.move_cursor(self.document.end)

    def edit(self, edit: Edit) -> EditResult:
        """Perform an edit; marks below move along, marks in it go."""
        top, bottom = edit.top[0], edit.bottom[0]
        result = super().edit(edit)
        self._fences = fences(self.document.lines)
        self._marks = self._marks.moved(top, bottom, result.end_location[0] - bottom)
        return result

    def load_text(self, text: str) -> None:
        """Begin with another text."""
        super().load_text(text)
        self._fences = fences(self.document.lines)

    def undo(self) -> None:
        """Take the last edits back; the marks were about the text after them."""
        before = self.text
        super().undo()
        self._changed_from(before)

    def redo(self) -> None:
        """Make them again."""
        before = self.text
        super().redo()
        self._changed_from(before)

    def _changed_from(self, text: str) -> None:
        if text != self.text:
            self._marks = Marks()
            self._fences = fences(self.document.lines)

    def action_comment(self) -> None:
        """Comment the selected lines out, or in again."""
        (top, _), (bottom, column) = sorted(self.selection)
        if bottom > top and column == 0:
            bottom -= 1  # a selection up to a line's start does not take the line
        lines = self.document.lines[top : bottom + 1]
        changed = toggled(lines)
        if changed != lines:
            row, column = self.cursor_location
            grown = len(changed[row - top]) - len(lines[row - top]) if row <= bottom else 0
            whole = (top, 0), (bottom, len(lines[-1]))
            self.replace("\n".join(changed), *whole, maintain_selection_offset=False)
            self.move_cursor((row, max(0, column + grown)))

    @work(exclusive=True, group="format", exit_on_error=False)
    async def action_format(self) -> None:
        """Lay the text out."""
        from soc_tui.kql.editing.format import formatted, moved

        text = self.text
        offset = len(self.document.get_text_range((0, 0), self.cursor_location))
        new = await asyncio.to_thread(formatted, text)
        if new == text:
            self.notify("Nothing to format, or a string in the query is not closed.")
        elif self.text == text:
            before = new[: moved(text, new, offset)]
            self.rewrite(new, (before.count("\n"), len(before) - before.rfind("\n") - 1))

    def action_save(self) -> None:
        """Ask for a file to save in."""
        self.post_message(self.Asked("save"))

    def action_earlier(self) -> None:
        """Ask for the query run before."""
        self.post_message(self.Asked("earlier"))

    def action_later(self) -> None:
        """Ask for the query run after."""
        self.post_message(self.Asked("later"))

    # -- completion --------------------------------------------------------------------------------

    async def on_key(self, event: events.Key) -> None:
        """The open list takes its keys first; Enter keeps the indentation."""
        if self.popup.is_open and self._popup_takes(event.key):
            event.stop()
            event.prevent_default()
            return
        self._typing = event.is_printable or (event.key == "backspace" and self.popup.is_open)
        if not self._typing:
            self.popup.close()
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            row, column = self.cursor_location
            line = self.document.get_line(row)[:column]
            indent = line[: len(line) - len(line.lstrip())]
            self.replace("\n" + indent, *self.selection, maintain_selection_offset=False)

    def _popup_takes(self, key: str) -> bool:
        popup = self.popup
        match key:
            case "down" | "ctrl+n":
                popup.step(1)
            case "up":
                popup.step(-1)
            case "escape":
                popup.close()
            case "tab":
                self._accept(popup.current)
            case "enter":
                return self._accept_by_enter()
            case _:
                return False
        return True

    def _accept_by_enter(self) -> bool:
        """Enter means the list, unless the word stands there in full or was typed on since."""
        popup, found = self.popup, self._found()
        written = not popup.chosen_by_hand and found.typed in {item.text for item in popup.items}
        if written or popup.current not in found.items:
            popup.close()
            return False
        self._accept(popup.current)
        return True

    def on_text_area_changed(self) -> None:
        """Offer completions when the change came from a key, or the list is open already."""
        if self._typing or self.popup.is_open:
            self._typing = False
            self._offer(asked=False)

    def on_blur(self) -> None:
        """The list goes where the keyboard goes."""
        self.popup.close()

    def on_mouse_down(self) -> None:
        """So does it when the mouse moves the cursor."""
        self.popup.close()

    def accept(self, index: int) -> None:
        """Take the completion that was clicked."""
        self._accept(self.popup.items[index])

    def action_complete(self) -> None:
        """Offer all that can stand at the cursor."""
        if not self._offer(asked=True):
            self.notify("No completions here.", timeout=2)

    def _offer(self, *, asked: bool) -> bool:
        """Open the list, or close it where there is nothing more than what is typed."""
        found = self._found()
        news = any(item.inserted != found.typed for item in found.items)
        if not news or not (asked or found.eager) or not self.selection.is_empty:
            self.popup.close()
            return False
        word = self.cursor_screen_offset - (cell_len(found.typed), 0)
        self.popup.open_at(word, found.items)
        return True

    def _found(self) -> Completions:
        """What can stand at the cursor, from the lines before it."""
        from soc_tui.kql.editing.completion import SIGHT_CHARACTERS, Completions, complete
        from soc_tui.kql.syntax.tree import can_parse_at_once

        row, column = self.cursor_location
        lines, first = self.document.lines, row
        seen = column
        while first and seen < SIGHT_CHARACTERS:
            first -= 1
            seen += len(lines[first]) + 1
        while self._fences[first]:  # begin outside of strings
            if first == row:
                return Completions()
            first += 1
        here = lines[row][max(0, column - SIGHT_CHARACTERS) : column]
        whole = first == 0 and column <= SIGHT_CHARACTERS and can_parse_at_once()
        return complete("\n".join((*lines[first:row], here)), self.names, whole=whole)

    def _accept(self, item: Completion | None) -> None:
        """Put the completion in place of what is typed of it."""
        self.popup.close()
        found = self._found()
        typed = found.typed
        if item is None or "\n" in typed:
            return
        if all(one.inserted != item.inserted for one in found.items):
            return
        row, column = self.cursor_location
        following = self.document.get_line(row)[column : column + 1]
        text, end = item.inserted, column
        if following and typed[:1] in {'"', "'"} and following == typed[0]:
            end += 1  # the string was closed already
        elif following == "(":
            text = text.removesuffix("(")
        self.history.checkpoint()
        start = row, column - len(typed)
        self.replace(text, start, (row, end), maintain_selection_offset=False)
