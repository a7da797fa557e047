"""The layout is changed by keys, and is there again the next time."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import TabbedContent

from soc_tui.config.look import Look, read_look, write_look
from soc_tui.tui.app import SocTui
from soc_tui.tui.editor.verdict import VerdictList
from soc_tui.tui.keys.cockpit import MAIN
from soc_tui.tui.panes.footer import KeyStrip
from soc_tui.tui.panes.results import ResultsPane
from soc_tui.tui.widgets.hints import Hints
from tests.tui.hands import LARGE, SMALL, Hands, ask, run, running

OPEN = "ctrl+right_square_bracket"


def kept(home: Path) -> Look:
    return read_look(home / "state" / "look.json")


def size(hands: Hands, pane: str) -> tuple[int, int]:
    region = hands.main.query_one(f"#{pane}").region
    return region.width, region.height


async def test_borders_move_and_stay_so(home: Path, environment: dict[str, str]) -> None:
    async with running(environment, LARGE) as hands:
        before = size(hands, "ask")[0], size(hands, "query")[1]
        await hands.press(OPEN, "right", "right", "down")
        await hands.pilot.pause()
        after = size(hands, "ask")[0], size(hands, "query")[1]
        assert after[0] == before[0] + 8
        assert after[1] > before[1]
        await hands.press("escape")
        assert hands.app.screen is hands.main
    assert kept(home).conversation == 56
    async with running(environment, LARGE) as hands:
        await hands.pilot.pause()
        assert (size(hands, "ask")[0], size(hands, "query")[1]) == after
        await hands.press(OPEN, "0", "enter")
        await hands.pilot.pause()
        assert (size(hands, "ask")[0], size(hands, "query")[1]) == before
    assert kept(home) == Look()


async def test_a_wide_conversation_leaves_room_on_a_smaller_terminal(
    home: Path, environment: dict[str, str]
) -> None:
    write_look(Look(conversation=120), home / "state" / "look.json")
    async with running(environment, (110, 30)) as hands:
        await hands.pilot.pause()
        assert size(hands, "work")[0] >= 50
        await hands.pilot.resize_terminal(200, 60)
        await hands.pilot.pause()
        assert size(hands, "ask")[0] == 120
        await hands.pilot.resize_terminal(80, 24)
        await hands.pilot.pause()
        assert size(hands, "ask")[0] == 80


async def test_one_pane_alone_and_back(home: Path, environment: dict[str, str]) -> None:
    async with running(environment, LARGE) as hands:
        await ask(hands)
        await hands.press("f3", OPEN, "z", "escape")
        await hands.pilot.pause()
        assert size(hands, "query")[0] == LARGE[0]
        assert not hands.main.query_one("#ask").display
        await run(hands)  # rows come to the front
        await hands.pilot.pause()
        assert size(hands, "area")[0] == LARGE[0]
        assert not hands.main.query_one("#query").display
        await hands.press(OPEN, "z", "escape")
        await hands.pilot.pause()
        assert all(hands.main.query_one(f"#{pane}").display for pane in ("ask", "query", "area"))


@pytest.mark.parametrize("terminal", [SMALL, LARGE])
async def test_the_conversation_hides_and_comes_when_it_is_used(
    environment: dict[str, str], terminal: tuple[int, int]
) -> None:
    async with running(environment, terminal) as hands:
        await hands.press("f3", OPEN, "c", "escape")
        await hands.pilot.pause()
        assert not hands.main.query_one("#ask").display
        await hands.press("f2")
        await hands.pilot.pause()
        assert hands.main.query_one("#ask").display
        await hands.press("f4")
        await hands.pilot.pause()
        assert not hands.main.query_one("#ask").display


async def test_the_tab_is_remembered(home: Path, environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        await hands.press("f8", OPEN, "z", "right", "c")
        told = [notice.message for notice in hands.app._notifications]
        assert told == ["Below 100 columns each pane fills the screen."]
        await hands.press("escape")
        await hands.pilot.pause()
    assert kept(home) == Look(tab="history"), "what is not seen is not changed"
    async with running(environment, SMALL) as hands:
        assert hands.main.query_one(TabbedContent).active == "history"


@pytest.mark.parametrize("terminal", [SMALL, LARGE])
async def test_a_theme_chosen_inside_holds_until_the_setting_changes(
    home: Path, environment: dict[str, str], terminal: tuple[int, int]
) -> None:
    async with running(environment, terminal) as hands:
        assert hands.app.theme == "soc-dark"
        await hands.press(OPEN, "t", "down", "enter")
        await hands.until(lambda: hands.app.theme == "soc-light", "the theme")
    async with running(environment, terminal) as hands:
        assert hands.app.theme == "soc-light"
    async with running({**environment, "SOC_TUI_THEME": "soc-contrast"}, terminal) as hands:
        assert hands.app.theme == "soc-contrast"


async def test_a_damaged_file_is_said_and_written_anew(
    home: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SocTui, "NOTIFICATION_TIMEOUT", 600)  # opening takes what it takes
    (home / "state").mkdir()
    (home / "state" / "look.json").write_text("{")
    async with running(environment, SMALL) as hands:
        told = [notice.message for notice in hands.app._notifications]
        assert any("saved layout" in text for text in told)
        await hands.press("f7")
        await hands.pilot.pause()
    assert kept(home).tab == "findings"


async def test_the_palette_changes_the_layout_too(environment: dict[str, str]) -> None:
    async with running(environment, LARGE) as hands:
        await hands.press("ctrl+p", *"zoom: show one")
        await hands.press("enter")
        await hands.until(lambda: hands.app.look.zoomed, "zoomed")


async def test_a_footer_has_whole_keys(environment: dict[str, str]) -> None:
    async with running(environment, (50, 20)) as hands:
        footer = hands.main.query_one(KeyStrip)
        await hands.pilot.pause()
        told = str(footer.render())
        assert told.startswith("f1 Help f2 Ask")
        assert len(told) <= 50
        assert told.split()[-1] in {key.label for key in MAIN}


async def test_a_large_terminal_is_used(environment: dict[str, str]) -> None:
    async with running(environment, (200, 60)) as hands:
        assert "ctrl+\\ Settings" in str(hands.main.query_one(KeyStrip).render())
        assert size(hands, "ask")[0] == 64
        assert size(hands, "query")[1] <= 20, "the rest is for the rows"
        await ask(hands)
        verdict = hands.main.query_one(VerdictList)
        await hands.until(lambda: len(verdict.lines) > 4, "the verdict")
        await hands.until(lambda: not verdict.show_vertical_scrollbar, "all of it, unscrolled")
        await run(hands)
        hints = str(hands.main.query_one(ResultsPane).query_one(Hints).render())
        assert "N previous" in hints
        await hands.pilot.resize_terminal(*LARGE)
        await hands.pilot.pause()
        assert size(hands, "ask")[0] == 48
        shorter = str(hands.main.query_one(ResultsPane).query_one(Hints).render())
        assert hints.startswith(shorter)
        assert "x export" in shorter
