"""The first start: each choice, by keyboard, once."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from soc_tui.config.changing import is_first_run
from soc_tui.tui.screens.places import PlacesScreen
from soc_tui.tui.screens.settings import SettingsScreen
from tests.tui.hands import LARGE, SMALL, Hands, ask, running

SIZES = [SMALL, LARGE]


async def welcomed(hands: Hands) -> PlacesScreen:
    await hands.until(lambda: isinstance(hands.app.screen, PlacesScreen), "the welcome")
    assert isinstance(hands.app.screen, PlacesScreen)
    return hands.app.screen


@pytest.mark.parametrize("size", SIZES)
async def test_enter_takes_the_demo_and_it_is_asked_once(home: Path, size: tuple[int, int]) -> None:
    assert is_first_run({})
    async with running({}, size, first_run=True) as hands:
        dialog = await welcomed(hands)
        ready = dialog.query_one("#places-making", Static)
        await hands.until(lambda: "ready" in str(ready.render()), "the demo is ready")
        hunter = hands.main.hunter
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is hands.main, "the cockpit")
        assert hands.main.hunter is hunter
        await ask(hands)
    assert not is_first_run({})


@pytest.mark.parametrize("size", SIZES)
async def test_escape_leaves_it_for_another_time(home: Path, size: tuple[int, int]) -> None:
    async with running({}, size, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.main, "the cockpit")
        await ask(hands)
    assert is_first_run({})


@pytest.mark.parametrize("size", SIZES)
async def test_azure_leads_to_its_settings_and_back(home: Path, size: tuple[int, int]) -> None:
    async with running({}, size, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("a")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        settings = hands.app.screen
        assert isinstance(settings, SettingsScreen)
        assert settings.place == "workspace.workspace_id"
        assert settings.draft.workspace.kind == "log_analytics"
        await hands.press("escape", "escape")
        await welcomed(hands)
    assert is_first_run({})


async def test_all_settings_can_be_made_first(home: Path) -> None:
    async with running({}, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("s")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        await hands.press("s")
        await hands.until(lambda: hands.app.screen is hands.main, "the cockpit")
    assert not is_first_run({})


def test_who_has_chosen_is_not_asked(home: Path) -> None:
    assert not is_first_run({"SOC_TUI_WORKSPACE": "demo"})
    assert is_first_run({"OPENAI_API_KEY": "sk"})
