"""Each screen as it looks at 80x24 and 140x45, beside the picture that was looked at last.

`pytest tests/tui/test_snapshots.py --snapshot-update` takes them anew; look at them then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.widgets import Input, OptionList, TextArea

from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.dialogs.diff import DiffScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.editor.popup import CompletionList
from tests.tui.dialogs_of_that_day import DIALOGS, hold_still
from tests.tui.fixed_day import FixedDay
from tests.tui.hands import LARGE, QUOTED, SMALL, Hands


class Picture(SingleFileSnapshotExtension):
    """One SVG file a picture."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


Scene = Callable[[Hands], Awaitable[None]]

REFUSED = 'DeviceProcessEvents | where Tiem > ago(1d) | join (externaldata(x:string)["u"]) on x'
MISSPELT = "DeviceProcessEvent\n| where TimeGenerated > ago(1d)\n| take 5"


def keys(*pressed: str) -> Scene:
    async def way(hands: Hands) -> None:
        for key in pressed:
            await hands.press(key)
            await hands.pilot.pause()

    return way


def path_after(*pressed: str) -> Scene:
    """With a path that is the same on every machine, and a folder that is on none."""

    async def way(hands: Hands) -> None:
        await keys(*pressed)(hands)
        await hands.pilot.pause(0.3)
        field = hands.app.screen.query_one(Input)
        field.value = "/no/such/folder/file"
        field.cursor_position = len(field.value)

    return way


async def reopened(hands: Hands) -> None:
    """The newest hunt of that day, with its rows and findings."""
    await hands.press("f8")
    await hands.until(lambda: hands.main.query_one("#hunt-list", OptionList).option_count, "hunts")
    await hands.press("enter")
    await hands.until(lambda: hands.main.hunt and hands.main.hunt.findings, "the hunt is open")


def past(*pressed: str) -> Scene:
    """With the list of hunts, whole, and the cursor on the newest."""

    async def way(hands: Hands) -> None:
        await hands.press("f8")
        listed = hands.main.query_one("#hunt-list", OptionList)
        await hands.until(lambda: listed.option_count > 3, "all hunts")
        await keys("home", *pressed)(hands)

    return way


async def typed(hands: Hands, kql: str) -> None:
    await hands.press("f3", "ctrl+home", *["ctrl+k"] * 16)
    await hands.paste(kql)


async def verdict(hands: Hands) -> None:
    await typed(hands, REFUSED)
    await hands.until(lambda: "KQL REFUSE" in hands.status, "the verdict")


async def completion(hands: Hands) -> None:
    await typed(hands, "DeviceProcessEvents\n| where Init")
    await hands.press("ctrl+n")
    await hands.until(lambda: hands.main.query_one(CompletionList).is_open, "the completions")


async def repair(hands: Hands) -> None:
    await typed(hands, MISSPELT)
    await hands.press("f9", "m")
    await hands.until(lambda: isinstance(hands.app.screen, DiffScreen), "the change is shown")


def pushed(name: str) -> Scene:
    async def way(hands: Hands) -> None:
        hands.app.push_screen(DIALOGS[name]())
        await hands.pilot.pause(0.3)

    return way


async def quote(hands: Hands) -> None:
    await hands.press("f6")
    await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote")


# In this order, in one session: each begins where Escape leaves the one before.
SCENES: dict[str, Scene] = {
    "opening": keys("f2"),
    "findings": reopened,
    "findings-filter": keys("f7", "slash", *"severity:med"),
    "cited-rows": keys("f7", "enter"),
    "notes": keys("f7", "m"),
    "finding-question": keys("f7", "a"),
    "attack-matrix": keys("f7", "v"),
    "rows": keys("f4"),
    "rows-filter": keys("f4", "slash", *"enc"),
    "row": keys("f4", "enter"),
    "figures": keys("f4", "right", "i"),
    "columns": keys("f4", "c"),
    "copy": keys("f4", "y"),
    "pivots": keys("f4", "p"),
    "timeline": keys("f12"),
    "history": past(),
    "history-filter": past("slash", *"state:true"),
    "trends": past("g"),
    "runs": past("c"),
    "comparison": past("c", "enter"),
    "report": past("r"),
    "delete": past("d"),
    "playbook-keep": past("b"),
    "report-path": path_after("f8", "home", "r", "h"),
    "export": path_after("f4", "x"),
    "query-open": path_after("f9", "o"),
    "query-save": path_after("f9", "s"),
    "places": keys("ctrl+backslash", "w"),
    "import": path_after("ctrl+backslash", "w", "i"),
    "playbooks": keys("f9", "b"),
    "playbook-form": keys("f9", "b", "enter"),
    "settings": keys("ctrl+backslash"),
    "settings-choice": keys("ctrl+backslash", "down", "enter"),
    "settings-entry": keys("ctrl+backslash", *["down"] * 3, "enter"),
    "layout": keys("ctrl+right_square_bracket"),
    "themes": keys("ctrl+right_square_bracket", "t"),
    "query": keys("f3"),
    "editor-menu": keys("f9"),
    "explanation": keys("ctrl+d"),
    "help": keys("f1"),
    "palette": keys("ctrl+p"),
    "quote": quote,
    **{name: pushed(name) for name in DIALOGS},
    "verdict": verdict,
    "completion": completion,
    "repair": repair,
}


async def _back(hands: Hands) -> None:
    """Dialogs closed, filters emptied."""
    while len(hands.app.screen_stack) > 1:
        await hands.press("escape")
        await hands.pilot.pause()
    await hands.press("escape")
    await hands.idle()


async def _picture(hands: Hands) -> str:
    await hands.pilot.pause(0.3)  # what is judged or drawn behind the last key
    for widget in [*hands.app.screen.query("Input, TextArea"), hands.app.focused]:
        if isinstance(widget, Input | TextArea):
            widget.cursor_blink = False  # it would be there or not as the moment has it
    await hands.pilot.pause()
    return hands.app.export_screenshot()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "140x45"])
async def test_screens_look_as_they_did(
    size: tuple[int, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    snapshot: SnapshotAssertion,
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    hold_still(monkeypatch)
    day = FixedDay(tmp_path)
    await day.make()
    pictures = snapshot.use_extension(Picture)
    others = []

    async def look(name: str, way: Scene, hands: Hands) -> None:
        await way(hands)
        await hands.idle()
        if await _picture(hands) != pictures(name=name):
            others.append(name)
        await _back(hands)

    settings = load_settings(environ={"SOC_TUI_THEME": "soc-dark", **QUOTED})
    async with day.app(settings, first_run=True).run_test(size=size) as pilot:
        hands = Hands(pilot)
        await hands.opened()
        await look("welcome", keys(), hands)
        for name, way in SCENES.items():
            await look(name, way, hands)
    assert not others
