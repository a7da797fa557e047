"""The main screen hands on all that panes and keys ask for."""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.app_contract import AppContract
from soc_tui.tui.cockpit.main_screen import MainScreen
from soc_tui.tui.keys.cockpit import EDIT_MENU, MAIN, RESULTS
from soc_tui.tui.keys.dialogs import LAYOUT
from soc_tui.tui.panes.pane_message import PaneMessage

OFFERED = ("fixed", "use", "remember", "open_hunter", "builds_behind", "release_keys")


def posted(kind: type[PaneMessage]) -> Iterator[type[PaneMessage]]:
    """The messages of a kind; what others are made from is not posted itself."""
    kinds = kind.__subclasses__()
    for one in kinds:
        yield from posted(one)
    if not kinds:
        yield kind


def test_each_message_of_a_pane_has_one_answer() -> None:
    answers = [answer.message for part in MainScreen().parts.every for answer in part.answers()]
    assert len(answers) == len(set(answers))
    assert set(answers) == set(posted(PaneMessage))


def test_each_key_of_the_cockpit_has_its_action() -> None:
    screen = MainScreen()
    ours = [key.action for key in (*MAIN, *LAYOUT[:-1]) if not key.action.startswith("app.")]
    ours += [
        key.action.removeprefix("screen.")
        for key in (*EDIT_MENU, *RESULTS)
        if key.action.startswith("screen.")
    ]
    for action in ours:
        assert callable(getattr(screen, f"action_{action.partition('(')[0]}")), action


def test_the_app_has_what_the_screens_need_of_it() -> None:
    app: AppContract = SocTui(load_settings(environ={}))  # mypy holds it against the contract
    for name in (*AppContract.__annotations__, *OFFERED):
        assert hasattr(app, name), name
