"""Which columns of the grid show, and in which order."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from soc_tui.model.inert import inert
from soc_tui.tui.keys.dialogs import COLUMNS
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.widgets.hints import Hints


class ColumnsScreen(ModalScreen[tuple[str, ...]]):
    """Answers the chosen columns in order; an empty tuple leaves all as it was.

    Args:
        names: All columns.
        shown: Those that show now, in order.
    """

    BINDINGS: ClassVar[BindingList] = bindings(COLUMNS)

    def __init__(self, names: tuple[str, ...], shown: tuple[str, ...]) -> None:
        super().__init__()
        self._all = names
        self._names = [*shown, *(name for name in names if name not in shown)]
        self._shown = set(shown)

    def compose(self) -> ComposeResult:
        """The list in a frame."""
        with Vertical(classes="dialog tall") as frame:
            frame.border_title = "Columns"
            yield OptionList(id="column-list")
            yield Hints(COLUMNS)

    def on_mount(self) -> None:
        """Fill the list."""
        self._fill(0)
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter is done."""
        event.stop()
        self.action_done()

    def action_show_or_hide(self) -> None:
        """Show or hide the column under the cursor."""
        name = self._names[self._place]
        if name in self._shown:
            self._shown.discard(name)
        else:
            self._shown.add(name)
        self._fill(self._place)

    def action_everything(self) -> None:
        """Show all, in the order of the answer."""
        self._names, self._shown = list(self._all), set(self._all)
        self._fill(self._place)

    def action_move(self, by: int) -> None:
        """Move the column under the cursor up (-1) or down (1)."""
        place, target = self._place, self._place + by
        if 0 <= target < len(self._names):
            self._names[place], self._names[target] = self._names[target], self._names[place]
            self._fill(target)

    def action_done(self) -> None:
        """Answer the choice."""
        self.dismiss(tuple(name for name in self._names if name in self._shown))

    def action_leave(self) -> None:
        """Leave all as it was."""
        self.dismiss(())

    @property
    def _place(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def _fill(self, place: int) -> None:
        lines = self.query_one(OptionList)
        lines.clear_options()
        lines.add_options(
            Option(Text(f"[{'x' if name in self._shown else ' '}] {inert(name)}"))
            for name in self._names
        )
        lines.highlighted = place
