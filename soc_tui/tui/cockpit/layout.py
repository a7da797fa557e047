"""Pane layout: a single pane, a hidden conversation, borders moved by the arrow keys."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from soc_tui.config.look import CONVERSATION_COLUMNS, QUERY_PERCENT, Look
from soc_tui.tui.cockpit.part import Part

NARROW_COLUMNS = 100
"""Under this width one pane shows at a time."""
PANES = ("ask", "query", "area")
_STEP_COLUMNS, _STEP_PERCENT = 4, 5
_WORK_COLUMNS = 50
"""What the conversation leaves to query and rows."""
_LEAST_COLUMNS, _SHARE_OF_COLUMNS = 48, 0.32
"""Width of the conversation by default."""
_MOST_PERCENT, _QUERY_LINES = 40, 19
"""The query's pane, likewise: a usual query with its verdict. The rest is for the rows."""


class PaneLayout(Part):
    """Lays the panes out, and remembers how."""

    def change(self) -> None:
        """Change sizes with the arrows."""
        from soc_tui.tui.dialogs.layout import LayoutScreen

        self.screen.app.push_screen(LayoutScreen(self.arrange))

    def follow(self, focused: Widget) -> None:
        """Side by side the keyboard also goes by Tab and mouse; a narrower terminal follows it."""
        within = {node.id for node in focused.ancestors_with_self}
        panes = within.intersection(PANES)
        if not self.alone and panes:
            self.bring(panes.pop() or "")

    def bring(self, pane: str) -> None:
        """Make a pane the one that shows alone; all is styled once, and only for another one."""
        others = set(PANES) - {pane}
        if pane not in self.screen.classes or others & self.screen.classes:
            self.screen.remove_class(*others, update=False)
            self.screen.add_class(pane, update=False)
            self.screen.update_node_styles()

    @property
    def alone(self) -> bool:
        """Whether one pane shows at a time."""
        return self.app.look.zoomed or self.screen.app.size.width < NARROW_COLUMNS

    def lay_out(self) -> None:
        """Lay the panes out as the look says, as far as the terminal has room."""
        alone = self.alone
        self.screen.set_class(self.app.look.hidden, "-no-ask")
        self.screen.set_class(self.app.look.zoomed, "-zoomed")
        columns, percent = self._sizes
        widest = max(CONVERSATION_COLUMNS[0], self.screen.size.width - _WORK_COLUMNS)
        self.screen.query_one("#ask").styles.width = None if alone else min(columns, widest)
        for name, share in (("#query", percent), ("#area", 100 - percent)):
            for pane in self.screen.query(name):  # none of them behind the first frame
                pane.styles.height = None if alone else f"{share}fr"

    @property
    def _sizes(self) -> tuple[int, int]:
        """Columns of the conversation and percent of the query: as set, else what suits."""
        look, (width, height) = self.app.look, self.screen.size
        columns = look.conversation or max(_LEAST_COLUMNS, round(width * _SHARE_OF_COLUMNS))
        percent = look.query or min(_MOST_PERCENT, round(100 * _QUERY_LINES / max(height, 1)))
        return _within(columns, CONVERSATION_COLUMNS), _within(percent, QUERY_PERCENT)

    def arrange(self, how: str) -> None:
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
        narrow = self.screen.size.width < NARROW_COLUMNS
        if narrow and how not in {"theme", "usual"}:
            return f"Below {NARROW_COLUMNS} columns each pane fills the screen."
        if self.alone and how in {"narrower", "wider", "up", "down"}:
            return self.worded("Only one pane is shown; {layout.zoom} shows all.")
        return ""

    def _choose_theme(self) -> None:
        app = self.screen.app
        if app.no_color:
            self.notify("NO_COLOR is set, so themes show no colors.")
            return
        names = self.app.theme_names
        lines = [Text(f"{name}{'  (now)' if name == app.theme else ''}") for name in names]

        def choose(number: int | None) -> None:
            if number is not None and number >= 0:
                self.app.choose_theme(names[number])

        from soc_tui.tui.dialogs.pick import PickScreen

        at = names.index(app.theme) if app.theme in names else 0
        app.push_screen(PickScreen("Theme", lines, at), choose)


def _within(size: int, limits: tuple[int, int]) -> int:
    low, high = limits
    return max(low, min(high, size))
