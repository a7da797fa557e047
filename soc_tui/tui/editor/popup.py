"""The list of completions at the cursor. The keyboard stays with the editor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual.geometry import Offset
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soc_tui.model.inert import inert

if TYPE_CHECKING:
    from soc_tui.kql.editing.completion import Completion

ROWS = 8
_TEXT_CELLS = 44


class CompletionList(OptionList, can_focus=False):
    """Shows itself below the word that is completed, or above where there is no room."""

    DEFAULT_CSS = """
    CompletionList {
        display: none;
        overlay: screen;
        constrain: inside inside;
        border: none;
        padding: 0;
        background: $panel;
        scrollbar-size-vertical: 1;
        & > .option-list--option-highlighted {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
    }
    """

    def __init__(self) -> None:
        super().__init__(id="completions")
        self.items: tuple[Completion, ...] = ()
        self.chosen_by_hand = False
        """Whether the highlight was moved, so that Enter surely means the list."""

    @property
    def is_open(self) -> bool:
        """Whether it is on the screen."""
        return bool(self.display)

    @property
    def current(self) -> Completion | None:
        """The highlighted completion."""
        return self.items[self.highlighted] if self.highlighted is not None else None

    def open_at(self, word: Offset, items: Sequence[Completion]) -> None:
        """Show these at a word that begins at this place of the screen."""
        self.items = tuple(items)
        self.chosen_by_hand = False
        self.clear_options()
        widest = min(_TEXT_CELLS, max(len(item.text) for item in items))
        lines = [_line(item, widest) for item in items]
        self.add_options(Option(line) for line in lines)
        self.highlighted = 0
        height = min(ROWS, len(items))
        below = self.screen.size.height - word.y - 1
        top = word.y + 1 if below >= height or below >= word.y else word.y - height
        self.styles.height = height
        self.styles.width = min(self.screen.size.width, max(line.cell_len for line in lines) + 2)
        self.absolute_offset = Offset(max(0, word.x - 1), max(0, top))
        self.display = True
        self.refresh(layout=True)

    def close(self) -> None:
        """Leave the screen."""
        self.display = False

    def step(self, rows: int) -> None:
        """Move the highlight, round the ends."""
        self.highlighted = ((self.highlighted or 0) + rows) % len(self.items)
        self.chosen_by_hand = True


def _line(item: Completion, widest: int) -> Text:
    text = inert(item.text, _TEXT_CELLS)
    about = " ".join(part for part in (item.sort.value, item.detail) if part)
    return Text.assemble(f" {text:<{widest}}  ", (about, "dim"), " ", no_wrap=True)
