"""Where the logs are: the choice of the first start, and of any time later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import ClassVar, Literal

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, ProgressBar, Static

from soc_tui.model.inert import inert
from soc_tui.tui.dialogs.opening_progress import OpeningProgressed
from soc_tui.tui.keys.dialogs import PLACES
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.workspaces.kinds import Start

WHAT_IT_IS = (
    "Hunt threats in your logs: ask in plain words, check the KQL, run it.\n"
    "Findings are held against their rows. Nothing is sent without your yes."
)
_LONGEST_PATH = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A line to choose.

    Attributes:
        key: The letter that chooses it; empty for none.
        leads_to: As of a `Start`; or to the settings as they are.
        workspace: The kind of workspace by its name, or a file's path; empty for neither.
    """

    key: str
    line: str
    leads_to: Literal["opening", "settings", "import", "file", "settings as they are"]
    workspace: str = ""


_SETTINGS = Place("s", "All settings: model and key, limits, theme", "settings as they are")


class PlacesScreen(ModalScreen[Place | None]):
    """Answers the place that was chosen.

    Args:
        files: Workspace files to offer.
        starts: Ways to begin, each with the name of its kind of workspace.
        first: It is the first start: say what soc_tui is, and how far the demo is made.
    """

    BINDINGS: ClassVar[BindingList] = bindings(PLACES)

    def __init__(
        self, files: Sequence[Path], starts: Sequence[tuple[str, Start]], *, first: bool = False
    ) -> None:
        super().__init__()
        self._places = _places(files, starts)
        self._first = first

    def compose(self) -> ComposeResult:
        """What it is, the choices, the demo's progress."""
        with Vertical(classes="dialog wide") as frame:
            frame.border_title = "Welcome" if self._first else "Where are the logs?"
            if self._first:
                yield Static(WHAT_IT_IS, id="places-intro", markup=False)
            yield OptionList(*map(_line, self._places), id="places-list")
            if self._first:
                yield ProgressBar(total=1.0, id="places-progress", show_eta=False)
                yield Static("Making the demo workspace …", id="places-making", markup=False)
            yield Static(_hint(self._first), classes="hints", markup=False)

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
        chosen = next((one for one in self._places if one.key == event.character), None)
        if chosen is not None:
            event.stop()
            event.prevent_default()
            self.dismiss(chosen)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Enter chooses the line under the cursor."""
        event.stop()
        self.dismiss(self._places[event.option_index])

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss(None)


def _places(files: Sequence[Path], starts: Sequence[tuple[str, Start]]) -> list[Place]:
    """Workspaces that open at once, files of them, then what has to be set up or named."""
    of_starts = [Place(start.key, start.line, start.leads_to, kind) for kind, start in starts]
    of_files = [
        Place("", f"Local: {inert(str(path), _LONGEST_PATH)}", "opening", str(path))
        for path in files
    ]
    order = ("opening", "settings", "import", "file")
    ways = {way: [one for one in of_starts if one.leads_to == way] for way in order}
    return [*ways.pop("opening"), *of_files, *chain.from_iterable(ways.values()), _SETTINGS]


def _line(place: Place) -> Text:
    key = (f" {place.key or ' '} ", "bold reverse" if place.key else "")
    return Text.assemble(key, f" {place.line}")


def _hint(first: bool) -> str:
    later = "opens the demo, asks again next time" if first else "leaves it as it is"
    return f"Enter or a letter chooses. Esc {later}."
