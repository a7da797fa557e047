"""A kind of workspace that is only declared, on the first start and in the settings."""

from pathlib import Path

import duckdb
import pytest
from textual.widgets import Input, OptionList

from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.dialogs.places import PlacesScreen
from soc_tui.tui.dialogs.settings import SettingsScreen
from tests.opening.fourth_kind import add_archive
from tests.tui.hands import Hands, running


@pytest.fixture
def archive(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    add_archive(monkeypatch)
    path = tmp_path / "2025.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE SigninLogs (Timestamp TIMESTAMP, UserPrincipalName VARCHAR)")
    return path


def lines(hands: Hands) -> list[str]:
    return [str(option.prompt) for option in hands.app.screen.query_one(OptionList).options]


async def test_it_is_chosen_set_and_opened_at_the_first_start(archive: Path) -> None:
    async with running({}, first_run=True) as hands:
        await hands.until(lambda: isinstance(hands.app.screen, PlacesScreen), "the welcome")
        assert " v  Archive: the logs of another year" in lines(hands)
        await hands.press("v")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        settings = hands.app.screen
        assert isinstance(settings, SettingsScreen)
        assert settings.place == "workspace.archive"
        assert any(line.strip().startswith("Shelf ") for line in lines(hands))
        await hands.press("enter")
        settings.query_one(Input).value = str(archive)
        await hands.press("enter", "s")
        await hands.until(lambda: "archive, shelf 1" in hands.status, "the archive is open")
        assert hands.main.hunter is not None
        assert set(hands.main.hunter.catalog.tables) == {"SigninLogs"}


async def test_it_is_among_the_kinds_to_choose_from(archive: Path) -> None:
    async with running({}) as hands:
        await hands.press("ctrl+backslash")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        about = "demo, a local file, Azure Log Analytics, or an archive"
        assert about in hands.app.export_screenshot().replace("&#160;", " ")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the choice")
        assert lines(hands) == ["demo  (now)", "local", "log_analytics", "archive"]
