"""Sizes of the panes: one pane alone, the conversation hidden, borders moved by the arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.events import DescendantFocus
from textual.screen import ModalScreen, Screen
from textual.widgets import Static, TabbedContent, Tabs

from soc_tui.config.look import CONVERSATION_COLUMNS, QUERY_PERCENT, Look
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.keys.dialogs import LAYOUT
from soc_tui.tui.keys.key import BindingList, bindings
from soc_tui.tui.keys.keymap import in_effect

if TYPE_CHECKING:
    from soc_tui.tui.app import SocTui

NARROW_COLUMNS = 100
"""Under this width one pane shows at a time."""
PANES = ("ask", "query", "area")
_STEP_COLUMNS, _STEP_PERCENT = 4, 5
_WORK_COLUMNS = 50
"""What the conversation leaves to query and rows."""
_LEAST_COLUMNS, _SHARE_OF_COLUMNS = 48, 0.32
"""The conversation, where nobody has moved its border."""
_MOST_PERCENT, _QUERY_LINES = 40, 19
"""The query's pane, likewise: a usual query with its verdict. The rest is for the rows."""


class Arranging(Screen[None]):
    """The part of the cockpit that lays itself out, and remembers how."""

    app: SocTui

    def action_layout(self) -> None:
        """Change sizes with the arrows."""
        self.app.push_screen(LayoutScreen(self))

    def on_resize(self) -> None:
        """Another size of the terminal: what fits."""
        self.lay_out()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Side by side the keyboard also goes by Tab and mouse; a narrower terminal follows it."""
        within = {node.id for node in event.widget.ancestors_with_self}
        if not self._alone and within.intersection(PANES):
            for name in PANES:
                self.set_class(name in within, name)

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """Remember the tab; one that the mouse chose is filled as one that a key chose."""
        self.app.remember(tab=event.pane.id)
        if isinstance(self.focused, Tabs):
            self.fill(event.pane.id or "")

    def fill(self, tab: str) -> None:
        """Bring what a tab shows up to date."""
        raise NotImplementedError

    @property
    def _alone(self) -> bool:
        """Whether one pane shows at a time."""
        return self.app.look.zoomed or self.size.width < NARROW_COLUMNS

    def lay_out(self) -> None:
        """Lay the panes out as the look says, as far as the terminal has room."""
        alone = self._alone
        self.set_class(self.app.look.hidden, "-no-ask")
        self.set_class(self.app.look.zoomed, "-zoomed")
        columns, percent = self._sizes
        widest = max(CONVERSATION_COLUMNS[0], self.size.width - _WORK_COLUMNS)
        self.query_one("#ask").styles.width = None if alone else min(columns, widest)
        self.query_one("#query").styles.height = None if alone else f"{percent}fr"
        self.query_one("#area").styles.height = None if alone else f"{100 - percent}fr"

    @property
    def _sizes(self) -> tuple[int, int]:
        """Columns of the conversation and percent of the query: as set, else what suits."""
        look, (width, height) = self.app.look, self.size
        columns = look.conversation or max(_LEAST_COLUMNS, round(width * _SHARE_OF_COLUMNS))
        percent = look.query or min(_MOST_PERCENT, round(100 * _QUERY_LINES / max(height, 1)))
        return _within(columns, CONVERSATION_COLUMNS), _within(percent, QUERY_PERCENT)

    def action_arrange(self, how: str) -> None:
        """Change the layout in one way (see the keys of the layout)."""
        if why_not := self._unseen(how):
            self.notify(why_not)
            return
        look = self.app.look
        columns, percent = self._sizes
        match how:
            case "narrower" | "wider":
                step = _STEP_COLUMNS if how == "wider" else -_STEP_COLUMNS
                columns = _within(columns + step, CONVERSATION_COLUMNS)
                self.app.remember(conversation=columns, hidden=False)
            case "up" | "down":
                step = _STEP_PERCENT if how == "down" else -_STEP_PERCENT
                self.app.remember(query=_within(percent + step, QUERY_PERCENT))
            case "zoom":
                self.app.remember(zoomed=not look.zoomed)
            case "conversation":
                self.app.remember(hidden=not look.hidden)
            case "theme":
                self._choose_theme()
            case _:
                usual = Look()
                self.app.remember(
                    conversation=usual.conversation, query=usual.query, hidden=False, zoomed=False
                )
        self.lay_out()

    def _unseen(self, how: str) -> str:
        """Why a change would not be seen, so that it is not made; empty when it would."""
        narrow = self.size.width < NARROW_COLUMNS
        if narrow and how not in {"theme", "usual"}:
            return f"Under {NARROW_COLUMNS} columns each pane has the whole screen."
        if self._alone and how in {"narrower", "wider", "up", "down"}:
            return in_effect(self.app).filled("One pane shows alone; {layout.zoom} shows all.")
        return ""

    def _choose_theme(self) -> None:
        if self.app.no_color:
            self.notify("NO_COLOR is set, so no theme shows its colours.")
            return
        names = self.app.theme_names
        lines = [Text(f"{name}{'  (now)' if name == self.app.theme else ''}") for name in names]

        def choose(number: int | None) -> None:
            if number is not None and number >= 0:
                self.app.choose_theme(names[number])

        at = names.index(self.app.theme) if self.app.theme in names else 0
        self.app.push_screen(PickScreen("Theme", lines, at), choose)


class LayoutScreen(ModalScreen[None]):
    """A line over the cockpit; keys change its layout at once."""

    BINDINGS: ClassVar[BindingList] = bindings(LAYOUT)

    def __init__(self, cockpit: Arranging) -> None:
        super().__init__()
        self._cockpit = cockpit

    def compose(self) -> ComposeResult:
        """The keys."""
        with Vertical(id="layout", classes="dialog wide") as frame:
            frame.border_title = "Layout"
            keys = in_effect(self.app)
            yield Static(f"{keys.hints(LAYOUT[:4])}\n{keys.hints(LAYOUT[4:])}", markup=False)

    def action_arrange(self, how: str) -> None:
        """Change the cockpit below."""
        self._cockpit.action_arrange(how)

    def action_leave(self) -> None:
        """Leave it so."""
        self.dismiss(None)


def _within(size: int, limits: tuple[int, int]) -> int:
    low, high = limits
    return max(low, min(high, size))
