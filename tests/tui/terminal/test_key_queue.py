"""Keys that come together act one by one; none waits for ever."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from soc_tui.tui.dialogs.choice import ChoiceScreen
from soc_tui.tui.keys.key import BindingList
from soc_tui.tui.terminal.key_queue import OneByOne, now


class Slow(Input):
    """A field that has to think on a tab."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "tab":
            event.stop()
            await asyncio.sleep(0.1)
            self.insert_text_at_cursor("thought ")
        else:
            await super()._on_key(event)


class Price(ChoiceScreen):
    """What costs money."""

    def on_mount(self) -> None:
        super().on_mount()
        self.asked_at = now()


class Desk(OneByOne):
    """Fields to type in, dialogs to choose from, and work that never ends."""

    BINDINGS: ClassVar[BindingList] = [
        ("f2", "go", "Go to the other field"),
        ("f3", "choose", "Open a dialog after a while"),
        ("f4", "wait", "Wait for ever"),
        ("f5", "open", "Open a dialog"),
        ("f6", "note", "Note"),
        ("f7", "price", "Ask for money"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.chosen: list[str] = []
        self.forever = asyncio.Event()

    def compose(self) -> ComposeResult:
        yield Slow(id="one")
        yield Input(id="other")

    def action_go(self) -> None:
        self.query_one("#other").focus()

    @work
    async def action_choose(self) -> None:
        await asyncio.sleep(0.1)
        self.chosen.append(await self.push_screen_wait(ChoiceScreen("", {"a": "", "b": ""})))

    @work
    async def action_wait(self) -> None:
        await self.forever.wait()

    def action_open(self) -> None:
        self.push_screen(ModalScreen[None]())
        self.push_screen(ChoiceScreen("", {"a": "", "b": ""}))

    def action_price(self) -> None:
        self.push_screen(Price("", {"a": "Yes"}))

    def action_note(self) -> None:
        self.chosen.append("noted")


async def together(pilot: Pilot[None], *keys: str | events.Paste) -> None:
    """Keys (a single letter as typed) in one packet, until all have acted."""
    desk = pilot.app
    assert isinstance(desk, Desk)
    for key in keys:
        letter = key if isinstance(key, str) and len(key) == 1 else None
        desk.post_message(events.Key(key, letter) if isinstance(key, str) else key)
    async with asyncio.timeout(3):  # also when nine keys run out of patience
        assert desk._leading is not None
        await desk._leading
    await pilot.pause()


async def test_typed_text_goes_where_the_key_before_it_led() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, *"ab", "f2", *"cd", events.Paste("ef"), *"g")
        assert [field.value for field in desk.query(Input)] == ["ab", "cdefg"]


async def test_a_key_waits_for_a_dialog_that_takes_a_while() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, "f3", "b", "f3", "a", "x")
        assert desk.chosen == ["b", "a"]
        assert desk.query_one("#one", Input).value == "x"


async def test_a_key_waits_for_a_handler_that_takes_a_while() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, "x", "tab", "y", "f2", "z")
        assert [field.value for field in desk.query(Input)] == ["xthought y", "z"]


async def test_what_costs_money_takes_no_answer_from_before_it_was_asked() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, "f7", "a")
        assert isinstance(desk.screen, Price)
        await pilot.press("a")
        assert not isinstance(desk.screen, Price)


async def test_no_key_waits_for_ever() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, "f4", "f4", *["f6"] * 9)
        assert desk.chosen == ["noted"] * 9
        assert not desk.forever.is_set()
        desk.workers.cancel_all()


async def test_a_dialog_that_is_closed_closes_no_other() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await pilot.press("f5")
        dialog = desk.screen
        for letter in "aba":  # what impatience may do
            dialog.post_message(events.Key(letter, letter))
        await pilot.pause()
        assert len(desk.screen_stack) == 2


async def test_a_key_that_comes_when_the_app_has_ended_does_no_harm() -> None:
    desk = Desk()
    async with desk.run_test() as pilot:
        await together(pilot, *"ab")
    assert not desk.post_message(events.Key("f2", None))
