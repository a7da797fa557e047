"""Themes: what can be read, what is sent to the terminal, what is said without colour."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.widgets import OptionList

from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.dialogs.settings import SettingsScreen
from soc_tui.tui.theme.themes import NAMES, fitting
from tests.tui.hands import SMALL, Hands, ask, hunt, run, running

if TYPE_CHECKING:
    from tests.tui.app_process import Terminal

F1, F5, F6, F9, F12 = b"\x1bOP", b"\x1b[15~", b"\x1b[17~", b"\x1b[20~", b"\x1b[24~"
# WCAG 2.2: 1.4.3 asks 4.5 of text, 1.4.6 (enhanced) asks 7.
RATIOS = {"soc-dark": 4.5, "soc-light": 4.5, "soc-contrast": 7.0}


def shown(hands: Hands) -> Iterator[tuple[str, Style]]:
    """Every text on the screen in its final style; of a dialog, what is in its frame."""
    screen = hands.app.screen
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for text, style, _ in strip:
            at = x + len(text) - len(text.lstrip())
            x += Segment(text).cell_length
            if style is None or not any(letter.isalnum() or letter in "*✓✗!" for letter in text):
                continue
            if not screen.is_modal or screen.get_widget_at(at, y)[0] is not screen:
                yield text, style


def luminance(colour: Color) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in colour.normalized
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def ratio(style: Style) -> float:
    """Contrast ratio of a text, WCAG 2.2; 1 to 21."""
    assert style.color and style.bgcolor
    one, other = sorted(
        luminance(Color.from_rich_color(colour)) for colour in (style.color, style.bgcolor)
    )
    return (other + 0.05) / (one + 0.05)


def test_the_ratio_is_that_of_wcag() -> None:
    assert ratio(Style.parse("#ffffff on #000000")) == pytest.approx(21)
    assert ratio(Style.parse("#767676 on #ffffff")) == pytest.approx(4.54, abs=0.01)


async def test_every_text_can_be_read(environment: dict[str, str]) -> None:
    faint: set[tuple[str, str, str, float]] = set()

    async def look(where: str, hands: Hands) -> None:
        for theme, least in RATIOS.items():
            hands.app.theme = theme
            await hands.pilot.pause()
            for text, style in shown(hands):
                if (found := ratio(style)) < least:
                    faint.add((theme, where, text.strip(), round(found, 2)))

    async with running(environment) as hands:
        await look("start", hands)
        await ask(hands)
        await look("query", hands)
        await run(hands)
        await look("rows", hands)
        await hunt(hands)
        await look("findings", hands)
        for key in ("f12", "f8", "f9", "escape", "f1", "escape", "ctrl+p"):
            await hands.press(key)
            await hands.pilot.pause(0.2)
            await look(key, hands)
    assert not faint


async def test_code_colours_follow_the_theme(environment: dict[str, str]) -> None:
    async with running({**environment, "SOC_TUI_THEME": "soc-dark"}) as hands:
        await ask(hands)
        await hands.press("ctrl+end")  # off the word that is looked at
        seen = set()
        for theme in NAMES:
            hands.app.theme = theme
            await hands.pilot.pause()
            styles = {
                style.color.name
                for text, style in shown(hands)
                if "DeviceProcessEvents" in text and style.bold and style.color
            }
            assert len(styles) == 1
            seen |= styles
        assert len(seen) == len(NAMES)


@pytest.mark.parametrize(
    ("colours", "term", "theme"),
    [
        ("truecolor", "xterm-256color", "soc-dark"),
        ("256", "tmux-256color", "soc-dark"),
        ("standard", "xterm", "soc-16"),
        ("truecolor", "linux", "soc-16"),
        (None, "dumb", "soc-dark"),
    ],
)
def test_the_theme_that_suits_the_terminal(colours: str | None, term: str, theme: str) -> None:
    assert fitting(colours, {"TERM": term}) == theme


def test_a_set_theme_goes_over_what_suits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "linux")
    assert SocTui(load_settings(environ={})).theme == "soc-16"
    assert SocTui(load_settings(environ={"SOC_TUI_THEME": "soc-light"})).theme == "soc-light"
    monkeypatch.setenv("NO_COLOR", "")
    assert not SocTui(load_settings(environ={})).no_color  # empty is not set: no-color.org


async def test_an_unknown_theme_is_named(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SocTui, "NOTIFICATION_TIMEOUT", 600)  # opening takes what it takes
    async with running({**environment, "SOC_TUI_THEME": "soc-drak"}) as hands:
        told = [notice.message for notice in hands.app._notifications]
        assert any("theme" in text and "soc-drak" in text for text in told)
        assert hands.app.theme in NAMES


def go_through(terminal: Terminal) -> None:
    """A hunt, the timeline, the help."""
    terminal.until("OFFLINE analyst: Sigma")
    terminal.press(b"powershell\r")
    terminal.until("take 10000")
    terminal.press(F5)
    terminal.until("enter open")
    terminal.press(F6)
    terminal.until("Quote")
    terminal.press(b"\r")
    terminal.until("VERIFIED")
    terminal.press(F12)
    terminal.until("zoom in")
    terminal.press(F1)
    terminal.until("Keys")


@pytest.mark.parametrize("term", ["linux", "xterm"])
def test_sixteen_colours_are_sent_no_others(home: Path, term: str) -> None:
    from tests.tui.app_process import started

    with started(home, {"TERM": term}) as terminal:
        go_through(terminal)
        assert terminal.styles & {31, 32, 33, 36}
        assert not terminal.styles & {38, 48}


def test_no_color_sends_no_colour(home: Path) -> None:
    from tests.tui.app_process import started

    with started(home, {"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}) as it:
        go_through(it)
        # Bold, dim, italic, underline and reverse stay.
        assert it.styles <= {0, 1, 2, 3, 4, 7}
        assert it.styles >= {1, 7}


async def test_without_colour_everything_is_still_said(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(environment, SMALL) as hands:
        await ask(hands)
        await hands.until(lambda: "KQL OK" in hands.status, "the verdict")
        await hands.pilot.pause()
        assert any("✓ OK" in text for text, _ in shown(hands))
        await run(hands)
        assert reversed_texts(hands, under=hands.main.query_one("#area")), "the grid's cursor"
        await hunt(hands)
        await hands.pilot.pause(0.2)
        chosen = reversed_texts(hands, under=hands.main.query_one("#finding-list"))
        assert "✓" in chosen and "win-07" in chosen, "the list's cursor"
        await hands.press("space")
        await hands.pilot.pause()
        assert any("*" in text for text, _ in shown(hands)), "the mark"
        tabs = reversed_texts(hands, under=hands.main.query_one("#area Tabs"))
        assert "Findings" in tabs
        assert "Rows" not in tabs
        await hands.press("ctrl+backslash")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        lines = hands.app.screen.query_one(OptionList)
        lines.highlighted = lines.get_option_index("theme")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the themes")
        frame = hands.app.screen.query_one(".dialog")
        assert "NO_COLOR" in str(frame.border_title)


def reversed_texts(hands: Hands, under: object) -> str:
    """What is shown reversed in a part of the screen."""
    screen = hands.app.screen
    texts = []
    for y, strip in enumerate(screen._compositor.render_strips()):
        x = 0
        for text, style, _ in strip:
            if style is not None and style.reverse and text.strip():
                widget = screen.get_widget_at(x, y)[0]
                if under in widget.ancestors_with_self:
                    texts.append(text)
            x += Segment(text).cell_length
    return " ".join(texts)
