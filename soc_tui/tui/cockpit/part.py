"""What the parts of the cockpit have in common."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar

from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.worker import Worker

from soc_tui.tui.app_contract import AppContract, app_of
from soc_tui.tui.cockpit.state import CockpitState
from soc_tui.tui.keys.keymap import worded
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.pane_message import PaneMessage
from soc_tui.tui.panes.status import StatusStrip

if TYPE_CHECKING:
    from soc_tui.tui.panes.findings import FindingsPane
    from soc_tui.tui.panes.history import HistoryPane
    from soc_tui.tui.panes.query import QueryPane
    from soc_tui.tui.panes.results import ResultsPane
    from soc_tui.tui.panes.timeline import TimelinePane

OPENING_GROUP = "open"
"""Workers that open the workspace and the analyst."""

M = TypeVar("M", bound=PaneMessage)
T = TypeVar("T")
P = ParamSpec("P")
S = TypeVar("S", bound="Part")

ShowPane = Callable[[str], None]
"""Brings a pane to the front by its id, e.g. `findings`, and puts the keyboard there."""


@dataclass(frozen=True)
class Answer(Generic[M]):
    """The method of a part that a message of a pane is for; one that is async is waited for."""

    message: type[M]
    by: Callable[[M], object]


class Part:
    """One thing that the cockpit does, e.g. triage. It is not a widget; it works on the panes.

    Keys of the whole cockpit are actions of `MainScreen`, which call a method of a part. What a
    pane wants comes as a `PaneMessage`; `answers` says which method takes it.

    Args:
        screen: The main screen: its panes, workers, dialogs and notices.
        state: What is open.
    """

    def __init__(self, screen: Screen[None], state: CockpitState) -> None:
        self.screen = screen
        self.state = state

    def answers(self) -> tuple[Answer[Any], ...]:
        """The messages of panes that are for this part."""
        return ()

    @property
    def app(self) -> AppContract:
        """What is ours of the app; what every Textual app has is at `screen.app`."""
        return app_of(self.screen)

    def notify(
        self,
        text: str,
        *,
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Say something in passing."""
        self.screen.notify(text, severity=severity, timeout=timeout, markup=markup)

    def worded(self, text: str) -> str:
        """A sentence that names keys, with those in effect."""
        return worded(self.screen, text)

    async def ask(self, dialog: Screen[T]) -> T:
        """Show a dialog and wait for its answer. Only in the background (`in_background`)."""
        return await self.screen.app.push_screen_wait(dialog)

    # -- panes -------------------------------------------------------------------------------------

    @property
    def conversation(self) -> Conversation:
        """What was asked and answered."""
        return self.screen.query_one(Conversation)

    @property
    def query_pane(self) -> QueryPane:
        """The KQL editor."""
        from soc_tui.tui.panes.query import QueryPane

        return self.screen.query_one(QueryPane)

    @property
    def results_pane(self) -> ResultsPane:
        """The rows."""
        from soc_tui.tui.panes.results import ResultsPane

        return self.screen.query_one(ResultsPane)

    @property
    def findings_pane(self) -> FindingsPane:
        """The findings."""
        from soc_tui.tui.panes.findings import FindingsPane

        return self.screen.query_one(FindingsPane)

    @property
    def timeline_pane(self) -> TimelinePane:
        """The timeline of the rows."""
        from soc_tui.tui.panes.timeline import TimelinePane

        return self.screen.query_one(TimelinePane)

    @property
    def history_pane(self) -> HistoryPane:
        """The list of past hunts."""
        from soc_tui.tui.panes.history import HistoryPane

        return self.screen.query_one(HistoryPane)

    @property
    def status(self) -> StatusStrip:
        """The status strip."""
        return self.screen.query_one(StatusStrip)

    @property
    def tab(self) -> str:
        """The id of the tab in front: `results`, `findings`, `timeline` or `history`."""
        from soc_tui.tui.cockpit.work import Work

        return self.screen.query_one(Work).front


def in_background(
    *, group: str = "default", exclusive: bool = False
) -> Callable[
    [Callable[Concatenate[S, P], Coroutine[Any, Any, T]]], Callable[Concatenate[S, P], Worker[T]]
]:
    """Make a method of a part a worker of the main screen, as Textual's `work` does for a widget's.

    An error in it is shown and does not end the app.

    Args:
        group: Workers that are cancelled together.
        exclusive: Whether a new one cancels the others of its group.
    """

    def decorated(
        method: Callable[Concatenate[S, P], Coroutine[Any, Any, T]],
    ) -> Callable[Concatenate[S, P], Worker[T]]:
        @functools.wraps(method)
        def begin(part: S, /, *args: P.args, **kwargs: P.kwargs) -> Worker[T]:
            return part.screen.run_worker(
                functools.partial(method, part, *args, **kwargs),
                name=method.__name__,
                group=group,
                exclusive=exclusive,
                exit_on_error=False,
            )

        return begin

    return decorated
