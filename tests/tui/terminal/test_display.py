"""Whatever is pressed, the terminal shows what Textual composed."""

from __future__ import annotations

import random

import pyte
import pytest
from rich.color import ColorSystem
from rich.style import Style
from textual.app import App
from textual.strip import Strip

from soc_tui.tui.app import SocTui
from soc_tui.tui.terminal.display import Painting
from soc_tui.tui.terminal.frame import Written
from tests.screen_looks import looks
from tests.tui.hands import ask, run, running

SIZES = ((80, 24), (100, 30), (60, 10))
KEYS = (
    *("f1", "f2", "f3", "f4", "f7", "f8", "f9", "f12", "ctrl+p", "escape", "escape", "enter"),
    *("up", "down", "down", "left", "right", "pageup", "pagedown", "home", "end", "tab"),
    *("slash", "s", "p", "i", "h", "n", "e", "t", "m", "z", "ctrl+right_square_bracket"),
)
STEPS = 30


def composed(app: SocTui) -> pyte.Screen:
    """A terminal that was painted by Textual's own sequences, the whole of it."""
    screen = pyte.Screen(*app.size)
    stream = pyte.Stream(screen)
    for y, strip in enumerate(app.screen._compositor.render_strips(), start=1):
        texts = [
            Strip.render_style(style or Style(), text, ColorSystem.TRUECOLOR)
            for text, style, _ in strip
        ]
        stream.feed(f"\x1b[{y};1H{''.join(texts)}")
    return screen


async def test_the_terminal_shows_what_was_composed(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    chance = random.Random(1)
    size = SIZES[1]
    screen = pyte.Screen(*size)
    stream = pyte.Stream(screen)

    def write(self: App[None], screen: object, renderable: object) -> None:
        if isinstance(renderable, Written):
            stream.feed(renderable.sequences)

    # As in a terminal, which a test run is not.
    monkeypatch.setattr(App, "_display", write)
    monkeypatch.setattr(Painting, "_draws", property(lambda app: not app._batch_count))
    async with running(environment, size) as hands:
        await ask(hands)
        await run(hands)
        pressed = []
        for _ in range(STEPS):
            if chance.random() < 0.1:
                size = chance.choice(SIZES)
                screen.resize(size[1], size[0])
                await hands.pilot.resize_terminal(*size)
                pressed.append(f"{size[0]}x{size[1]}")
            elif chance.random() < 0.1:
                await hands.paste(chance.choice(("漢字", "e\u0301", "\N{FIRE}")))
            else:
                pressed.append(chance.choice(KEYS))
                await hands.press(pressed[-1])
            await hands.until(lambda: looks(screen) == looks(composed(hands.app)), f"{pressed}")
