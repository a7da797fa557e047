"""What is closed is let go."""

from __future__ import annotations

import gc

from textual._styles_cache import StylesCache

from tests.tui.hands import SMALL, running


async def test_a_closed_dialog_leaves_no_lines_behind(environment: dict[str, str]) -> None:
    def kept() -> int:
        gc.collect()
        return sum(isinstance(each, StylesCache) for each in gc.get_objects())

    async with running(environment, SMALL) as hands:
        counts = []
        for _ in range(3):
            await hands.press("f1")
            await hands.until(lambda: len(hands.app.screen_stack) == 2, "the help opens")
            await hands.pilot.pause()
            await hands.press("escape")
            await hands.until(lambda: len(hands.app.screen_stack) == 1, "it closes")
            await hands.pilot.pause()
            counts.append(kept())
        assert counts[0] == counts[-1]
