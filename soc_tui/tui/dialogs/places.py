"""Where the logs are: the choice of the first start, and of any time later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, ProgressBar, Static
from textual.widgets.option_list import Option

from soc_tui.model.inert import inert
from soc_tui.tui.dialogs.opening_progress import OpeningProgressed
from soc_tui.tui.keys.dialogs import PLACES
from soc_tui.tui.keys.key import BindingList, bindings

DEMO, AZURE, IMPORT, OPEN, SETTINGS = "demo", "azure", "import", "open", "settings"

WHAT_IT_IS = (
    "Hunt threats in your logs: ask in plain words, check the KQL, run it.\n"
    "Findings are held against their rows. Nothing is sent without your yes."
)
_KEYS = {"d": DEMO, "a": AZURE, "i": IMPORT, "o": OPEN, "s": SETTINGS}
_LINES = {
    DEMO: "Demo: a made-up week of logs with an intrusion. No key, no cloud",
    AZURE: "Azure Log Analytics or Microsoft Sentinel: connect a workspace",
    IMPORT: "Your own logs from files: CSV, JSON, JSONL or Parquet",
    OPEN: "A workspace file (.duckdb) that is there already",
    SETTINGS: "All settings: model and key, limits, theme",
}
_LONGEST_PATH = 100


class PlacesScreen(ModalScreen[str]):
    """Answers DEMO, AZURE, IMPORT, OPEN or SETTINGS, the path of a file, or an empty text.

    Args:
        files: Workspace files to offer.
        first: It is the first start: say what soc_tui is, and how far the demo is made.
    """

    BINDINGS: ClassVar[BindingList] = bindings(PLACES)

    def __init__(self, files: Sequence[Path], *, first: bool = False) -> None:
        super().__init__()
        self._files = tuple(files)
        self._first = first

    def compose(self) -> ComposeResult:
        """What it is, the choices, the demo's progress."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Welcome" if self._first else "Where are the logs?"
            if self._first:
                yield Static(WHAT_IT_IS, id="places-intro", markup=False)
            yield OptionList(*self._options(), id="places-list")
            if self._first:
                yield ProgressBar(total=1.0, id="places-progress", show_eta=False)
                yield Static("Making the demo workspace …", id="places-making", markup=False)
            yield Static(_hint(self._first), classes="hints", markup=False)

    def _options(self) -> list[Option]:
        shown = [Option(_line(key, _LINES[answer]), id=answer) for key, answer in _KEYS.items()]
        shown[1:1] = [
            Option(_line(" ", f"Local: {inert(str(path), _LONGEST_PATH)}"), id=str(path))
            for path in self._files
        ]
        return shown

    def on_mount(self) -> None:
        """Begin on the demo."""
        lines = self.query_one(OptionList)
        lines.highlighted = 0
        lines.focus()

    def on_opening_progressed(self, message: OpeningProgressed) -> None:
        """Show how far the demo is made."""
        if not self._first:
            return
        self.query_one(ProgressBar).update(progress=message.share)
        done = message.share >= 1
        said = "The demo workspace is ready." if done else f"{message.what} …"
        self.query_one("#places-making", Static).update(Text(inert(said)))

    def on_key(self, event: events.Key) -> None:
        """One key chooses its line, and is not seen by what stands below."""
        if answer := _KEYS.get(event.character or ""):
            event.stop()
            event.prevent_default()
            self.dismiss(answer)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter chooses the line under the cursor."""
        event.stop()
        self.dismiss(event.option_id or "")

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss("")


def _line(key: str, meaning: str) -> Text:
    return Text.assemble((f" {key} ", "bold reverse" if key.strip() else ""), f" {meaning}")


def _hint(first: bool) -> str:
    later = "opens the demo, asks again next time" if first else "leaves it as it is"
    return f"Enter or a letter chooses. Esc {later}."
