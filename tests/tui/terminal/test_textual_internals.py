"""Private parts of Textual are used only while they are as we know them, and not when told so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

import pytest
from rich.segment import Segment
from textual._styles_cache import StylesCache
from textual.app import App
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets._toast import Toast, ToastRack

from soc_tui.model.verdict import Level, Place, VerdictLine
from soc_tui.tui import terminal
from soc_tui.tui.terminal import notices, strips, styles_cache
from soc_tui.tui.terminal.display import Painting
from soc_tui.tui.terminal.key_queue import OneByOne
from soc_tui.tui.terminal.lean_text_area import LeanTextArea
from soc_tui.tui.terminal.textual_internals import VARIABLE, Internals, stock
from tests.tui.desk import desk
from tests.tui.hands import LARGE, ask, hunt, run, running

ROOM = [import_module(f"{terminal.__name__}.{one.name}") for one in iter_modules(terminal.__path__)]
USES = {module.__name__: module.INTERNALS for module in ROOM if hasattr(module, "INTERNALS")}
PARTS = sorted({part for internals in USES.values() for part in internals.parts})


@pytest.fixture
def off(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """All of them off, and after the test as they were."""
    monkeypatch.setenv(VARIABLE, "1")
    strips.use()
    styles_cache.use()
    yield
    monkeypatch.undo()
    strips.use()
    styles_cache.use()


@pytest.mark.parametrize("module", USES)
def test_all_are_there_in_this_textual(module: str) -> None:
    assert USES[module].usable


@pytest.mark.parametrize("part", PARTS)
def test_one_that_is_gone_is_not_used(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, path = part.partition("(")[0].partition(":")
    owner = import_module(module)
    *classes, name = path.split(".")
    for each in classes:
        owner = getattr(owner, each)
    if hasattr(owner, name):
        monkeypatch.delattr(owner, name)
    if isinstance(owner, type):
        monkeypatch.setattr(owner, "__init__", lambda self: None)
    assert not Internals((part,)).usable


@pytest.mark.parametrize(
    "part",
    [
        "textual._nothing:App",
        "textual.app:Nothing.run",
        "textual.app:App._nothing",
        "textual.app:App._display(self, screen)",
        "textual.app:App._batch_count(self)",
    ],
)
def test_one_of_another_shape_is_not_used(part: str) -> None:
    assert not Internals((part,)).usable


@pytest.mark.parametrize(
    ("value", "expected"), [(None, False), ("", False), ("0", False), ("1", True)]
)
def test_a_variable_turns_all_off(value: str | None, expected: bool) -> None:
    assert stock({} if value is None else {VARIABLE: value}) is expected


@pytest.mark.usefixtures("off")
@pytest.mark.parametrize("module", USES)
def test_none_is_used_when_all_are_off(module: str) -> None:
    assert not USES[module].usable


@pytest.mark.usefixtures("off")
async def test_a_whole_hunt_with_all_of_them_off(environment: dict[str, str]) -> None:
    async with running(environment, LARGE) as hands:
        assert hands.app._frame is None
        await ask(hands)
        await run(hands)
        await hunt(hands)
        assert hands.main.hunt is not None
        assert hands.main.hunt.findings
        assert all(finding.grounded for finding in hands.main.hunt.findings)
        await hands.press("f1")
        await hands.until(lambda: len(hands.app.screen_stack) == 2, "the help opens")
        await hands.press("escape")
        await hands.until(lambda: len(hands.app.screen_stack) == 1, "it closes")


@pytest.mark.usefixtures("off")
async def test_keys_are_not_held_back() -> None:
    app = OneByOne()
    async with app.run_test() as pilot:
        await pilot.press("a", "b")
        assert app._looks == 0
        assert not app.keys_wait


async def test_notices_pile_up_where_one_cannot_be_taken_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await shown_notices() == ["two"]
    monkeypatch.delattr(ToastRack, "_toast_id")
    monkeypatch.setattr(ToastRack, "show", lambda *_: None)  # which makes such ids
    assert await kept_notices() == ["one", "two"]


async def shown_notices() -> list[str]:
    app = notices.LastNotice()
    async with app.run_test(notifications=True) as pilot:
        app.notify("one")
        await pilot.pause()
        app.notify("two")
        await pilot.pause()
        await pilot.pause()
        return [toast._notification.message for toast in app.screen.query(Toast)]


async def kept_notices() -> list[str]:
    app = notices.LastNotice()
    async with app.run_test(notifications=True) as pilot:
        app.notify("one")
        app.notify("two")
        await pilot.pause()
        return [note.message for note in app._notifications]


def test_strips_are_textuals_own_where_theirs_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    strips.use()
    assert Strip.__init__ is strips._begin
    monkeypatch.delattr(Strip, "_crop_cache")
    strips.use()
    assert Strip.__init__ is not strips._begin
    monkeypatch.undo()
    assert Strip([Segment("whole")]).crop(0, 2).text == "wh"
    strips.use()
    assert Strip.__init__ is strips._begin


def test_textuals_own_cache_stays_where_it_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    styles_cache.use()
    assert not hasattr(StylesCache.get_inner_outer, "cache_info")
    monkeypatch.setenv(VARIABLE, "1")
    styles_cache.use()
    assert hasattr(StylesCache.get_inner_outer, "cache_info")
    monkeypatch.delenv(VARIABLE)
    styles_cache.use()
    assert not hasattr(StylesCache.get_inner_outer, "cache_info")


async def test_textual_paints_where_its_own_painting_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted: list[object] = []

    def other(self: App[None], screen: object, renderable: object, more: object = None) -> None:
        painted.append(renderable)

    monkeypatch.setattr(App, "_display", other)
    app = Painting()
    async with app.run_test() as pilot:
        app.action_redraw()
        await pilot.pause()
    assert app._frame is None
    assert painted


async def test_a_text_area_is_textuals_own_where_that_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("textual.widgets.text_area.TextAreaTheme.apply_css", lambda *_: None)
    area = LeanTextArea("one\ntwo")
    app = App[None]()
    async with app.run_test() as pilot:
        await app.mount(area)
        area.focus()
        await pilot.press("x", "down", "y")
        area.draw_anew()
        await pilot.pause()
        assert area.text == "xone\ntywo"
        assert type(area.wrapped_document) is type(TextArea().wrapped_document)
        drawn = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    assert any("xone" in line for line in drawn)


@pytest.mark.usefixtures("off")
async def test_the_editor_shows_marks_with_all_of_them_off() -> None:
    async with desk("DeviceEvents\n| take 5") as (app, pilot):
        before = styles(app.editor, 1)
        app.editor.mark([VerdictLine("x", Level.REFUSE, "x", Place(2, 1, 4))])
        await pilot.pause()
        assert styles(app.editor, 1) != before
        await pilot.press("backspace", "7")
        assert app.editor.text.endswith("take 7")


def styles(area: TextArea, row: int) -> list[str]:
    return [str(segment.style) for segment in area.render_line(row)]
