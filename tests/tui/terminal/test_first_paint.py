"""What is done once before the first frame leaves all as if Textual had done it twice."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.parse import parse
from textual.css.stylesheet import Stylesheet
from textual.css.types import CSSLocation

from soc_tui.tui.app import SocTui
from soc_tui.tui.terminal import parsed_styles
from soc_tui.tui.terminal.parsed_styles import ParsedStyles
from soc_tui.tui.terminal.textual_internals import VARIABLE
from tests.tui.hands import LARGE, SMALL, running


def looks(app: SocTui) -> list[tuple[str, str]]:
    """Each widget of each screen with its styles."""
    return [
        (str(node), node.styles.css)
        for screen in app.screen_stack
        for node in screen.walk_children(with_self=True)
    ]


@pytest.mark.parametrize(("size", "first_run"), [(SMALL, True), (LARGE, False)])
async def test_every_widget_has_the_styles_that_it_has_in_stock_textual(
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    first_run: bool,
) -> None:
    themed = environment | {"SOC_TUI_THEME": "soc-light"}
    read: list[Stylesheet] = []
    for kind in (Stylesheet, ParsedStyles):
        reparse = kind.reparse

        def counted(sheet: Stylesheet, reparse: Callable[[Any], None] = reparse) -> None:
            read.append(sheet)
            reparse(sheet)

        monkeypatch.setattr(kind, "reparse", counted)
    async with running(themed, size, first_run=first_run) as hands:
        soon = looks(hands.app)
    assert not read
    monkeypatch.setenv(VARIABLE, "1")
    async with running(themed, size, first_run=first_run) as hands:
        stock = looks(hands.app)
    assert read
    assert soon == stock


async def test_another_theme_is_read_anew(environment: dict[str, str]) -> None:
    async with running(environment, SMALL) as hands:
        before = looks(hands.app)
        hands.app.use_theme("soc-light")
        await hands.pilot.pause()
        assert looks(hands.app) != before


async def test_a_rule_is_parsed_once_however_many_widgets_come(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    parsed: list[tuple[str, ...]] = []

    def counted(scope: str, css: str, place: CSSLocation, **named: Any) -> Iterable[RuleSet]:
        parsed.append((scope, css, *place, repr(named)))
        return parse(scope, css, place, **named)

    monkeypatch.setattr(stylesheet, "parse", counted)
    monkeypatch.setattr(parsed_styles, "_parsed", {})
    async with running(environment, SMALL) as hands:
        await hands.press("f1", "escape", "f3")
    assert parsed
    assert len(parsed) == len(set(parsed))


async def test_garbage_is_collected_from_the_first_frame_on(environment: dict[str, str]) -> None:
    gc.disable()
    try:
        async with running(environment, SMALL):
            assert gc.isenabled()
    finally:
        gc.enable()
