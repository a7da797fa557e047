"""The first start: each choice, by keyboard, once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, OptionList, Static

from soc_tui.config.changing import is_first_run
from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.dialogs.log_import import ImportScreen, LogFileScreen, TargetScreen
from soc_tui.tui.dialogs.path import PathScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.dialogs.places import PlacesScreen
from soc_tui.tui.dialogs.settings import SettingsScreen
from tests.patience import PATIENCE_SECONDS
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


async def test_escape_leaves_it_for_another_time(home: Path) -> None:
    async with running({}, SMALL, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.main, "the cockpit")
        await ask(hands)
    assert is_first_run({})


async def test_azure_leads_to_its_settings_and_back(home: Path) -> None:
    async with running({}, SMALL, first_run=True) as hands:
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


def exported(folder: Path, *lines: str) -> Path:
    path = folder / "signins-may.csv"
    path.write_text("\n".join(("TimeGenerated,UserPrincipalName,ResultType", *lines, "")))
    return path


async def take_path(hands: Hands, screen: type[PathScreen[Any]], path: Path) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, screen), f"{screen.__name__}")
    hands.app.screen.query_one(Input).value = str(path)
    await hands.press("enter")


async def take_steps(hands: Hands, file: Path, target: Path) -> None:
    """From the path of the file to the import, which may be done at once."""
    await take_path(hands, LogFileScreen, file)
    await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the tables")
    first = hands.app.screen.query_one(OptionList).get_option_at_index(0)
    assert str(first.prompt).startswith("SigninLogs ")
    await hands.press("enter")
    await take_path(hands, TargetScreen, target)


async def import_into(hands: Hands, file: Path, target: Path) -> ImportScreen:
    """As `take_steps`, of an import that does not end at once."""
    await take_steps(hands, file, target)
    dialogs: list[ImportScreen] = []

    def begun() -> bool:
        if isinstance(hands.app.screen, ImportScreen):
            dialogs.append(hands.app.screen)
        return bool(dialogs)

    await hands.until(begun, "the import begins")
    return dialogs[0]


async def test_a_file_of_ones_own_is_imported_and_hunted_in(home: Path) -> None:
    file = exported(home, *(f"2026-11-24 10:{n:02d}:00,anna@contoso.com,50126" for n in range(30)))
    other = file.with_name("signins-june.csv")
    other.write_text(file.read_text().replace(" 10:", " 11:"))
    async with running({}, SMALL, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("i")
        await take_steps(hands, home / "signins-*.csv", home / "case-42")
        await hands.until(lambda: "case-42" in hands.status, "the imported logs are open")
        assert hands.app.screen is hands.main
        imported = "Imported 60 rows from 2 files into SigninLogs"
        await hands.until(lambda: imported in hands.said, "what was imported is said")
        assert "2026-11-24 10:00 to 2026-11-24 11:29 UTC" in hands.said
        assert hands.main.hunter is not None
        assert set(hands.main.hunter.catalog.tables) == {"SigninLogs"}
    settings = load_settings(environ={})
    assert settings.workspace.file == home / "case-42.duckdb"
    assert not is_first_run({})


async def test_the_order_of_dates_is_asked_for_where_the_file_leaves_it_open(home: Path) -> None:
    file = exported(home, "03/11/2026 10:00,anna@contoso.com,0")
    async with running({}, SMALL, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("i")
        await take_steps(hands, file, home / "case-42.duckdb")

        def asked() -> bool:
            screen = hands.app.screen
            return isinstance(screen, PickScreen) and screen.query_one(OptionList).option_count == 2

        await hands.until(asked, "day or month first?")
        await hands.press("enter")
        await hands.until(lambda: "case-42" in hands.status, "the imported logs are open")
        await hands.until(lambda: "2026-11-03 10:00" in hands.said, "the third of November")


async def test_a_bad_file_is_named_with_its_place_and_can_be_mended(home: Path) -> None:
    file = exported(home, "2026-11-24,anna@contoso.com,0", "2026-11-24,too,many,fields")
    async with running({}, SMALL, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("i")
        dialog = await import_into(hands, file, home / "case-42.duckdb")
        await hands.until(lambda: dialog.failed, "the import fails")
        said = " ".join(str(dialog.query_one("#import-said", Static).render()).split())
        assert "signins-may.csv, line 3, column 4" in said
        assert "Next:" in said
        assert not (home / "case-42.duckdb").exists()
        exported(home, "2026-11-24,anna@contoso.com,0")
        await hands.press("escape")
        await take_steps(hands, file, home / "case-42.duckdb")
        await hands.until(lambda: "case-42" in hands.status, "the mended file is open")


async def test_what_is_no_log_file_is_said_at_the_path(home: Path) -> None:
    async with running({}, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("i")
        await take_path(hands, LogFileScreen, home / "nothing.csv")
        problem = hands.app.screen.query_one("#path-problem", Static)
        await hands.until(lambda: "no such file" in str(problem.render()), "it is said")
        await hands.press("escape")
        await welcomed(hands)


async def test_an_import_is_stopped(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = exported(home, *(["2026-11-24,anna@contoso.com,50126"] * 30))
    left, told = threading.Event(), ImportScreen._progress

    def waits(screen: ImportScreen, what: str, share: float) -> None:
        told(screen, what, share)
        left.wait(PATIENCE_SECONDS)

    monkeypatch.setattr(ImportScreen, "_progress", waits)
    async with running({}, first_run=True) as hands:
        await welcomed(hands)
        await hands.press("i")
        dialog = await import_into(hands, file, home / "case-42.duckdb")
        assert hands.app.screen is dialog
        await hands.press("escape")
        left.set()
        await hands.until(lambda: isinstance(hands.app.screen, LogFileScreen), "it is left")
        assert not (home / "case-42.duckdb").exists()
        assert hands.main.hunter is not None
        assert hands.main.hunter.workspace.name == "demo"


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
