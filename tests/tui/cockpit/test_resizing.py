"""The terminal is resized at any moment: nothing falls over, the keyboard stays where it was."""

from __future__ import annotations

from itertools import cycle
from typing import Any

from textual.screen import Screen
from textual.widget import Widget

from soc_tui.tui.cockpit.layout import PANES
from soc_tui.tui.dialogs.attack import AttackScreen
from soc_tui.tui.dialogs.columns import ColumnsScreen
from soc_tui.tui.dialogs.help import HelpScreen
from soc_tui.tui.dialogs.notes import NotesScreen
from soc_tui.tui.dialogs.quote import QuoteScreen
from soc_tui.tui.dialogs.row import RowScreen
from soc_tui.tui.dialogs.settings import SettingsScreen
from soc_tui.tui.panes.conversation import Conversation
from soc_tui.tui.panes.conversation_log import ConversationLog
from tests.tui.hands import Hands, ask, run, running

SIZES = ((20, 5), (200, 60))


def shown(widget: Widget) -> bool:
    """Whether a part of the widget is on the screen."""
    region = widget.screen.find_widget(widget).visible_region
    return region.area > 0


async def resized(hands: Hands, what: str) -> None:
    """Through all sizes; the focus stays where it is, and can be seen."""
    screen, focused = hands.app.screen, hands.app.screen.focused
    assert focused is not None, what
    for size in SIZES:
        await hands.pilot.resize_terminal(*size)
        await hands.pilot.pause()
        place = f"{what} at {size[0]}x{size[1]}"
        assert hands.app.screen is screen, place
        assert screen.focused is focused, f"{place}: {screen.focused}"
        assert shown(focused), f"{place}: {focused} is not seen"
        if screen is hands.main:
            panes = [name for name in PANES if hands.main.query_one(f"#{name}").region.area]
            assert len(panes) == (1 if size[0] < 100 else 3), f"{place}: {panes}"
    await hands.pilot.resize_terminal(80, 24)


async def hunting(hands: Hands) -> None:
    """Through all sizes while findings arrive."""
    sizes = cycle(SIZES)

    def ended() -> bool:
        return bool(hands.main.hunt and hands.main.hunt.status.ended)

    while not ended():
        await hands.pilot.resize_terminal(*next(sizes))
        await hands.pilot.pause()
    await hands.idle()
    await hands.pilot.resize_terminal(80, 24)


async def test_every_place_of_a_hunt_is_resized(environment: dict[str, str]) -> None:
    async with running(environment, (80, 24)) as hands:
        problems = []

        async def at(what: str, *keys: str, opens: type[Screen[Any]] | None = None) -> None:
            await hands.press(*keys)
            if opens:
                await hands.until(lambda: isinstance(hands.app.screen, opens), f"{what} opens")
            await hands.pilot.pause()
            try:
                await resized(hands, what)
            except AssertionError as error:
                problems.append(str(error).split("\n")[0])
            if opens:
                await hands.press("escape")
                await hands.until(lambda: hands.app.screen is hands.main, f"{what} closes")

        await at("request")
        await ask(hands)
        await at("editor", "f3")
        await at("completion", "ctrl+end", "enter", "|", "space", "w")
        await hands.press("escape", "f3", *["backspace"] * 4)
        await run(hands)
        await at("rows", "f4")
        await at("filter", "/")
        await hands.press("escape")
        await at("row", "f4", "enter", opens=RowScreen)
        await at("columns", "f4", "c", opens=ColumnsScreen)
        await at("timeline", "f12")
        await at("quote", "f6", opens=QuoteScreen)
        await hands.press("f6")
        await hands.until(lambda: isinstance(hands.app.screen, QuoteScreen), "the quote is shown")
        await hands.press("enter")
        await hunting(hands)
        await at("findings", "f7")
        await at("matrix", "f7", "v", opens=AttackScreen)
        await at("notes", "f7", "m", opens=NotesScreen)
        await at("history", "f8")
        await at("help", "f1", opens=HelpScreen)
        await at("settings", "ctrl+backslash", opens=SettingsScreen)
        assert not problems, "\n".join(problems)


async def test_a_narrower_terminal_shows_the_pane_with_the_keyboard(
    environment: dict[str, str],
) -> None:
    async with running(environment, (120, 40)) as hands:
        await hands.press("f2")
        for _ in range(20):
            await hands.press("tab")
            if hands.main.focused is hands.main.query_one("#editor"):
                break
        await hands.press("A", "l", "e")
        await hands.pilot.resize_terminal(80, 24)
        await hands.pilot.pause()
        assert shown(hands.main.query_one("#editor"))
        assert not hands.main.query_one("#ask").region.area


async def test_what_was_said_is_broken_anew(environment: dict[str, str]) -> None:
    async with running(environment, (80, 24)) as hands:
        log = hands.main.query_one(ConversationLog)
        said = hands.said
        for size in ((40, 24), (120, 40), (80, 24)):
            await hands.pilot.resize_terminal(*size)
            await hands.pilot.pause()
            width = log.scrollable_content_region.width
            longest = max(len(strip.text.rstrip()) for strip in log.lines)
            assert width - 15 < longest <= width
            assert hands.said == said
        await hands.press("f3")  # the log is hidden
        await hands.pilot.resize_terminal(40, 24)
        hands.main.query_one(Conversation).say("the last " * 20)
        await hands.press("f2")
        await hands.pilot.pause()
        assert max(len(strip.text.rstrip()) for strip in log.lines) <= 40
