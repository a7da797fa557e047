"""Only rows that changed are sent; what is on the screen is always what would be drawn anew."""

import random

import pytest

from soc_tui.model.verdict import Level, Place, Verdict, VerdictLine
from soc_tui.tui.panes import query
from tests.tui.desk import Desk, desk

TEXT = "\n".join(f"DeviceEvents | where DeviceName == {n} // ```" for n in range(60))
KEYS = (
    *"abD(|)\"'`",
    *("space", "enter", "backspace", "delete", "tab", "escape", "up", "down", "left", "right"),
    *("pageup", "pagedown", "home", "end", "ctrl+home", "ctrl+end", "shift+down", "shift+left"),
    *("ctrl+z", "ctrl+y", "ctrl+underscore", "ctrl+n", "ctrl+k", "ctrl+w", "ctrl+d"),
)


async def test_the_screen_is_as_if_it_were_drawn_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    # Columns get their colour when the typing rests. It rests when told, not between two looks.
    monkeypatch.setattr(query, "JUDGE_AFTER_SECONDS", 3600)
    dice = random.Random(8)
    async with desk(TEXT, size=(50, 20)) as (app, pilot):
        app.editor.cursor_blink = False  # as in the app; else it is there or not as time has it
        for step in range(120):
            await pilot.press(dice.choice(KEYS))
            if step % 20 == 10:
                line = VerdictLine("x", Level.REFUSE, "x", Place(dice.randrange(1, 60), 3, 4))
                app.pane.show_verdict(Verdict((line,), app.pane.kql))
            if step % 40 == 20:
                await pilot.resize_terminal(dice.choice((40, 50, 60)), 20)
            if step % 15 == 8:
                app.pane._rested()
            if step % 30 == 15:
                app.theme = dice.choice(("textual-dark", "textual-light", "nord"))
            if step % 6:
                continue
            await pilot.pause()
            await pilot.pause()
            shown = styled(app)
            app.editor.notify_style_update()
            app.editor.refresh()
            await pilot.pause()
            assert shown == styled(app), f"step {step}"


def styled(app: Desk) -> list[list[tuple[str, str]]]:
    """Text and style of every cell of the editor."""
    region = app.editor.region
    rows = app.screen._compositor.render_strips()[region.y : region.bottom]
    return [
        [
            (character, str(segment.style))
            for segment in strip.crop(region.x, region.right)
            for character in segment.text
        ]
        for strip in rows
    ]
