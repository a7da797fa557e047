"""The command palette: every available action with its key, from the key map."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.binding import Binding, BindingsMap
from textual.screen import Screen
from textual.widget import Widget

from soc_tui.tui.keys.cockpit import (
    EDIT_MENU,
    EDITOR,
    FINDINGS,
    HISTORY,
    MAIN,
    REQUEST,
    RESULTS,
    TIMELINE,
)
from soc_tui.tui.keys.dialogs import LAYOUT
from soc_tui.tui.keys.key import Key
from soc_tui.tui.keys.keymap import BY_ID, KeyMap
from soc_tui.tui.panes.conversation import RequestInput
from soc_tui.tui.panes.findings import FindingsPane
from soc_tui.tui.panes.history import HistoryPane
from soc_tui.tui.panes.query import QueryPane
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.panes.timeline import TimelinePane

if TYPE_CHECKING:
    from soc_tui.tui.cockpit.main_screen import MainScreen


_PANES = {"Request": "ask", "Rows": "results"}
"""Names of the panes that are not called as their heading is."""


def commands(screen: MainScreen, keys: KeyMap) -> Iterator[SystemCommand]:
    """The actions of the cockpit, then those of each pane that has something to act on."""
    for key in MAIN:
        if key.id != "main.command_palette":
            yield _command("", key, keys.both(key), screen, key.action)
    opens = keys.first(BY_ID["main.layout"])
    for key in LAYOUT[:-1]:
        yield _command("", key, f"{opens}, {keys.first(key)}", screen, key.action)
    query = screen.query_one(QueryPane)
    menu = keys.first(BY_ID["main.edit_menu"])
    for key in EDIT_MENU:
        yield _command("Query", key, f"{menu}, {keys.first(key)}", query, f"act('{key.action}')")
    offered = {key.action for key in EDIT_MENU}
    for heading, pane, scope in _panes(screen):
        for key in scope:
            if key.action not in offered:
                yield _command(heading, key, keys.both(key), pane, key.action)


def dialog_commands(dialog: Screen[object], keys: KeyMap) -> Iterator[SystemCommand]:
    """The actions of the dialog that has the keyboard."""
    bound: dict[str, Binding] = {}
    for each in reversed(type(dialog).__mro__):
        bound |= dict(BindingsMap(vars(each).get("BINDINGS")))
    for key in {one.id: BY_ID[one.id] for one in bound.values() if one.id in BY_ID}.values():
        act = partial(dialog.call_later, dialog.run_action, key.action)
        yield SystemCommand(f"{key.label}: {key.meaning}", keys.both(key), act)


def _panes(screen: MainScreen) -> Iterator[tuple[str, Widget, tuple[Key, ...]]]:
    hunt = screen.cockpit_state.shown
    yield "Request", screen.query_one(RequestInput), REQUEST[1:]
    yield "Query", screen.query_one(QueryPane).editor, EDITOR
    if hunt and hunt.rows and hunt.rows.count:
        yield "Rows", screen.query_one(ResultsPane), RESULTS
        yield "Timeline", screen.query_one(TimelinePane), TIMELINE
    if hunt and hunt.findings:
        yield "Findings", screen.query_one(FindingsPane), FINDINGS
    yield "History", screen.query_one(HistoryPane), HISTORY


def _command(
    heading: str, key: Key, pressed: str, node: Widget | MainScreen, action: str
) -> SystemCommand:
    """An entry that brings its pane to the front and does what the key does there."""
    screen: MainScreen = node.screen  # type: ignore[assignment]

    async def act() -> None:
        if heading:
            screen.action_show(_PANES.get(heading, heading.lower()))
        await node.run_action(action)

    name = f"{heading}, {key.label}" if heading else key.label
    return SystemCommand(f"{name}: {key.meaning}", pressed, lambda: screen.call_later(act))
