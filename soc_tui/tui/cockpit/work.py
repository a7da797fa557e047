"""The right half of the cockpit: the query over the tabs of rows, findings, timeline, history."""

from __future__ import annotations

from typing import Protocol, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import TabbedContent, TabPane

from soc_tui.tui.app_contract import app_of
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane

_HEADINGS = {
    "results": "Rows F4",
    "findings": "Findings F7",
    "timeline": "Timeline F12",
    "history": "History F8",
}
"""Of the tabs, by their ids."""


class _Pane(Protocol):
    def focus_list(self) -> None:
        """Put the keyboard into its list."""


class Work(Vertical):
    """Its panes are those of the screen; which of them shows is up to the screen's classes.

    Args:
        whole: Make all panes at once; else those behind the tab in front wait for `make_rest`.
    """

    def __init__(self, *, whole: bool) -> None:
        super().__init__(id="work")
        self._whole = whole
        self._findings = 0

    def compose(self) -> ComposeResult:
        """The query over the tabs."""
        front = app_of(self).look.tab
        yield QueryPane(id="query")
        with TabbedContent(initial=front, id="area"):
            for tab, heading in _HEADINGS.items():
                with TabPane(worded(self, heading), id=tab):
                    if self._whole or tab == front:
                        yield _made(tab)

    async def make_rest(self) -> None:
        """Make the panes that are not there yet."""
        for tab in _HEADINGS:
            holder = self.query_one(f"#{tab}", TabPane)
            if not holder.children:
                await holder.mount(_made(tab))

    @property
    def front(self) -> str:
        """The id of the tab in front: `results`, `findings`, `timeline` or `history`."""
        return self.query_one(TabbedContent).active

    def count_findings(self, count: int) -> None:
        """Say in the heading of the findings how many there are."""
        if count != self._findings:
            self._findings = count
            heading = worded(self, _HEADINGS["findings"])
            tab = self.query_one(TabbedContent).get_tab("findings")
            tab.label = Content(f"{heading} ({count:,})" if count else heading)

    def show_tab(self, tab: str) -> None:
        """Bring a tab to the front and put the keyboard into its list."""
        self.query_one(TabbedContent).active = tab
        cast("_Pane", self.query_one(f"#{tab}").children[0]).focus_list()


def _made(tab: str) -> Widget:
    """The pane of a tab; the module of one that is not in front at first is read when needed."""
    match tab:
        case "findings":
            from soc_tui.tui.panes.findings import FindingsPane

            return FindingsPane()
        case "timeline":
            from soc_tui.tui.panes.timeline import TimelinePane

            return TimelinePane()
        case "history":
            from soc_tui.tui.panes.history import HistoryPane

            return HistoryPane()
        case _:
            return ResultsPane()
