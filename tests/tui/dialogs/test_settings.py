"""The settings screen, its connection test, and going over to what was saved."""

from __future__ import annotations

import stat
import tomllib
from collections.abc import Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from soc_tui.config.changing import text_of
from soc_tui.opening.workspace_kinds import load_settings
from soc_tui.tui.app import SocTui
from soc_tui.tui.dialogs.connection import ConnectionScreen
from soc_tui.tui.dialogs.log_import import WorkspaceFileScreen
from soc_tui.tui.dialogs.pick import PickScreen
from soc_tui.tui.dialogs.places import PlacesScreen
from soc_tui.tui.dialogs.settings import SettingsScreen
from tests.tui.hands import LARGE, SMALL, Hands, ask, files_with, hunt, run, running
from tests.wire.log_analytics_server import LogAnalyticsServer
from tests.wire.openai_server import OpenAIServer

KEY = "sk-typed-0123456789abcdef"
KEYS = "ctrl+backslash"


@pytest.fixture
def logs(demo_database: Path) -> Iterator[LogAnalyticsServer]:
    with LogAnalyticsServer(demo_database) as server:
        yield server


@asynccontextmanager
async def at_settings(environ: dict[str, str], size: tuple[int, int] = LARGE):  # type: ignore[no-untyped-def]
    async with running(environ, size) as hands:
        await hands.press(KEYS)
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        yield hands


def screen(hands: Hands) -> SettingsScreen:
    assert isinstance(hands.app.screen, SettingsScreen)
    return hands.app.screen


def about(hands: Hands) -> str:
    return str(screen(hands).query_one("#settings-about", Static).render())


def shown(hands: Hands) -> str:
    """All that the terminal would show."""
    return hands.app.export_screenshot().replace("&#160;", " ")


async def go(hands: Hands, place: str) -> None:
    """Put the cursor on a setting."""
    lines = screen(hands).query_one(OptionList)
    lines.highlighted = lines.get_option_index(place)
    await hands.pilot.pause()


async def enter(hands: Hands, place: str, text: str) -> None:
    """Type another value."""
    await go(hands, place)
    await hands.press("enter")
    screen(hands).query_one(Input).value = text
    await hands.press("enter")


async def choose(hands: Hands, place: str, word: str) -> None:
    """Choose another value from the list."""
    await go(hands, place)
    await hands.press("enter")
    await hands.until(lambda: isinstance(hands.app.screen, PickScreen), "the choice")
    lines = hands.app.screen.query_one(OptionList)
    words = [str(option.prompt).split()[0] for option in lines.options]
    lines.highlighted = words.index(word)
    await hands.press("enter")
    await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings again")
    await hands.pilot.pause()


async def trial(hands: Hands) -> str:
    """What the connection test says in the end."""
    await hands.press("t")
    await hands.until(lambda: isinstance(hands.app.screen, ConnectionScreen), "the test")
    dialog = hands.app.screen
    assert isinstance(dialog, ConnectionScreen)
    await hands.until(lambda: dialog.well is not None, "the test ends")
    said = str(dialog.query_one("#connection-said", Static).render())
    await hands.press("escape")
    await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings again")
    return " ".join(said.split())


async def saved(hands: Hands) -> None:
    await hands.press("s")
    await hands.until(lambda: hands.app.screen is hands.main, "the settings are saved")
    await hands.pilot.pause()


def config(home: Path) -> dict[str, object]:
    return tomllib.loads((home / "config" / "config.toml").read_text())


async def test_a_value_is_changed_saved_and_used(home: Path) -> None:
    async with at_settings({}, SMALL) as hands:
        await enter(hands, "limits.max_rows", "123")
        assert "not saved yet" in shown(hands)
        await saved(hands)
        assert hands.main.hunter is not None
        assert hands.main.hunter.limits.max_rows == 123
    assert config(home) == {"limits": {"max_rows": 123}}
    assert stat.S_IMODE((home / "config" / "config.toml").stat().st_mode) == 0o600


async def test_what_cannot_be_used_is_said_where_it_is_typed(home: Path) -> None:
    async with at_settings({}, SMALL) as hands:
        await enter(hands, "limits.max_rows", "many")
        assert "Expected a whole number" in about(hands)
        assert screen(hands).query_one(Input).has_focus
        await hands.press("escape")
        assert screen(hands).query_one(OptionList).has_focus
        assert text_of(screen(hands).draft, "limits.max_rows") == "10000"


async def test_the_arrows_and_the_keyboard_alone_do_it(home: Path) -> None:
    async with at_settings({}, SMALL) as hands:
        await hands.press("down", "down", "down", "down", "enter", *"gpt-5", "enter")
        assert screen(hands).place == "openai.api_key"
        await hands.press("d")
        assert not screen(hands).draft.openai.api_key


async def test_a_default_comes_back_with_one_key(home: Path) -> None:
    async with at_settings({}) as hands:
        await enter(hands, "limits.max_price", "1.50")
        assert text_of(screen(hands).draft, "limits.max_price") == "1.50"
        await hands.press("d")
        assert text_of(screen(hands).draft, "limits.max_price") == ""


async def test_leaving_with_something_unsaved_asks_once(home: Path) -> None:
    async with at_settings({}) as hands:
        await enter(hands, "limits.max_rows", "5")
        await hands.press("escape")
        assert "Not saved" in about(hands)
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.main, "it is left")
        assert hands.main.hunter is not None
        assert hands.main.hunter.limits.max_rows == 10_000
    assert not (home / "config" / "config.toml").exists()


async def test_the_theme_is_seen_at_once_and_nothing_is_opened_again(home: Path) -> None:
    async with at_settings({}) as hands:
        hunter = hands.main.hunter
        await choose(hands, "theme", "soc-light")
        await saved(hands)
        assert hands.app.theme == "soc-light"
        assert hands.main.hunter is hunter
    assert config(home) == {"theme": "soc-light"}


async def test_what_a_variable_sets_is_shown_so_and_not_changed(home: Path) -> None:
    async with at_settings({"SOC_TUI_TIER": "2"}) as hands:
        await go(hands, "openai.tier")
        assert "SOC_TUI_TIER" in about(hands)
        for key in ("enter", "d"):
            await hands.press(key)
            assert "change it there" in about(hands)
        assert text_of(screen(hands).draft, "openai.tier") == "2"


async def test_only_what_matters_is_offered(home: Path) -> None:
    async with at_settings({}) as hands:

        def offered() -> set[str | None]:
            return {option.id for option in screen(hands).query_one(OptionList).options}

        assert "workspace.workspace_id" not in offered()
        await choose(hands, "workspace.kind", "log_analytics")
        assert "workspace.workspace_id" in offered()
        await choose(hands, "workspace.credential", "cli")
        assert "workspace.client_secret" not in offered()
        await choose(hands, "analyst", "offline")
        assert "openai.api_key" not in offered()


async def test_something_missing_is_led_to_and_nothing_is_saved(home: Path) -> None:
    async with at_settings({}) as hands:
        hunter = hands.main.hunter
        await choose(hands, "workspace.kind", "log_analytics")
        await hands.press("s")
        await hands.until(lambda: "is not set" in about(hands), "the problem is said")
        assert screen(hands).place == "workspace.workspace_id"
        assert hands.main.hunter is hunter
    assert not (home / "config" / "config.toml").exists()


async def test_a_key_is_typed_tried_saved_and_never_shown(home: Path) -> None:
    with OpenAIServer(api_key=KEY) as server:
        async with at_settings({}, SMALL) as hands:
            await enter(hands, "openai.base_url", server.base_url)
            await go(hands, "openai.api_key")
            await hands.press("enter", *KEY)
            assert KEY not in shown(hands)
            await hands.press("enter")
            assert KEY not in shown(hands)
            assert "All tests passed" in await trial(hands)
            assert [request.path for request in server.requests] == ["/v1/models"]
            await saved(hands)
            assert hands.main.hunter is not None
            assert not hands.main.hunter.analyst.offline
            await hands.press(KEYS)
            await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "again")
            await go(hands, "openai.api_key")
            await hands.press("enter")
            assert screen(hands).query_one(Input).value == ""
            assert KEY not in shown(hands)
    secrets = home / "config" / "secrets.toml"
    assert tomllib.loads(secrets.read_text()) == {"openai": {"api_key": KEY}}
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    assert files_with(home, KEY) == [secrets]


async def test_a_password_in_an_address_is_not_shown(home: Path) -> None:
    async with at_settings({}) as hands:
        await enter(hands, "openai.base_url", "https://anna:hush-hush@gateway.example/v1")
        assert "hidden@gateway.example" in shown(hands)
        await hands.press("enter")
        assert "hush-hush" not in shown(hands)


async def test_logs_that_cannot_be_opened_leave_the_settings(home: Path) -> None:
    app = SocTui(load_settings(environ={"SOC_TUI_WORKSPACE": str(home / "gone.duckdb")}))
    async with app.run_test(size=LARGE) as pilot:
        hands = Hands(pilot)
        await hands.until(lambda: "does not exist" in hands.said, "the problem is said")
        assert "no workspace open" in hands.status
        await hands.press(KEYS)
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        await choose(hands, "workspace.kind", "demo")
        await saved(hands)
        await hands.opened()
        assert "demo" in hands.status


async def test_a_workspace_file_anywhere_is_opened(
    home: Path, demo_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("elsewhere") / "case-43.duckdb"
    other.symlink_to(demo_database)
    broken = other.with_name("broken.duckdb")
    broken.write_text("no database")
    async with running({}) as hands:
        await hands.main.run_action("places")
        for file, says in ((broken, "✗"), (other, "case-43")):
            await hands.until(lambda: isinstance(hands.app.screen, PlacesScreen), "the choice")
            await hands.press("o")
            await hands.until(lambda: isinstance(hands.app.screen, WorkspaceFileScreen), "path")
            hands.app.screen.query_one(Input).value = str(file)
            await hands.press("enter")
            await hands.until(lambda text=says: text in hands.said + hands.status, "opened or not")  # type: ignore[misc]
        await hands.until(lambda: hands.app.screen is hands.main, "the file is open")


async def test_the_palette_leads_to_other_logs(home: Path) -> None:
    async with running({}) as hands:
        titles = [command.title for command in hands.app.get_system_commands(hands.app.screen)]
        for name in ("Settings:", "Workspace:"):
            assert any(title.startswith(name) for title in titles)
        await hands.main.run_action("places")
        await hands.until(lambda: isinstance(hands.app.screen, PlacesScreen), "the choice of logs")
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.main, "left")


async def test_a_wrong_key_and_a_port_where_nobody_is(home: Path) -> None:
    with OpenAIServer() as server:
        environ = {"OPENAI_BASE_URL": server.base_url}
        async with at_settings(environ) as hands:
            await enter(hands, "openai.api_key", KEY)
            said = await trial(hands)
            assert "did not accept the API key" in said
            assert "Next:" in said
            assert "Some tests failed" in said
            assert KEY not in said
    async with at_settings({"OPENAI_BASE_URL": server.base_url}) as hands:
        assert "could not be reached" in await trial(hands)


async def connect(hands: Hands, logs: LogAnalyticsServer, secret: str) -> None:
    """Type all that it takes to reach the loopback workspace."""
    await choose(hands, "workspace.kind", "log_analytics")
    await choose(hands, "workspace.credential", "client_secret")
    for place, text in {
        "workspace.workspace_id": logs.workspace_id,
        "workspace.endpoint": logs.endpoint,
        "workspace.tenant_id": logs.entra.tenant_id,
        "workspace.client_id": logs.entra.client_id,
        "workspace.client_secret": secret,
        "workspace.authority": logs.authority,
        "workspace.ca_bundle": str(logs.ca_bundle),
    }.items():
        await enter(hands, place, text)


async def test_azure_is_connected_from_the_settings(home: Path, logs: LogAnalyticsServer) -> None:
    async with at_settings({}) as hands:
        await connect(hands, logs, "a-wrong-secret")
        said = await trial(hands)
        assert "✗ Workspace" in said
        assert "Next:" in said
        assert "a-wrong-secret" not in said
        await enter(hands, "workspace.client_secret", logs.entra.client_secret)
        said = await trial(hands)
        assert "answered a query" in said
        assert "All tests passed" in said
        assert logs.entra.client_secret not in shown(hands)
        await saved(hands)
        assert logs.workspace_id in hands.status
        await ask(hands)
        await run(hands)
        assert hands.main.hunt is not None
        assert hands.main.hunt.row_count
    assert logs.entra.client_secret not in (home / "config" / "config.toml").read_text()
    assert logs.entra.client_secret in (home / "config" / "secrets.toml").read_text()


async def test_a_test_is_cancelled(home: Path, logs: LogAnalyticsServer) -> None:
    async with at_settings(logs.environment) as hands:
        logs.next("hang")
        await hands.press("t")
        await hands.until(logs.hanging.is_set, "the workspace hangs")
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "left at once")
        await hands.until(logs.aborted.is_set, "the query is let go")


async def test_a_device_code_is_shown_while_it_is_waited_for(
    home: Path, logs: LogAnalyticsServer
) -> None:
    async with at_settings(logs.environment | {"SOC_TUI_CREDENTIAL": "device_code"}) as hands:
        await hands.press("t")
        await hands.until(lambda: isinstance(hands.app.screen, ConnectionScreen), "the test")
        dialog = hands.app.screen
        assert isinstance(dialog, ConnectionScreen)
        said = dialog.query_one("#connection-said", Static)
        await hands.until(lambda: logs.entra.user_code in str(said.render()), "the code")
        await hands.press("y")
        copied = home / "data" / "copied.txt"
        await hands.until(copied.exists, "it is copied")
        assert copied.read_text() == logs.entra.user_code
        logs.entra.signed_in.set()
        await hands.until(lambda: dialog.well, "signed in")


async def test_a_running_step_is_not_pulled_from_under(home: Path) -> None:
    async with running({}) as hands:
        hands.strip.begin("querying")
        await hands.press(KEYS)
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        await enter(hands, "limits.max_rows", "5")
        await hands.press("s")
        await hands.until(lambda: "A step is running" in about(hands), "it is refused")
        hands.strip.finish()
        await saved(hands)


async def test_another_analyst_goes_on_with_the_rows_on_screen(home: Path) -> None:
    with OpenAIServer(api_key=KEY) as server:
        async with running({"OPENAI_BASE_URL": server.base_url, "OPENAI_API_KEY": KEY}) as hands:
            await ask(hands)
            await run(hands)
            before = hands.main.hunt
            await hands.press(KEYS)
            await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
            await choose(hands, "analyst", "offline")
            await saved(hands)
            assert "OFFLINE" in hands.status
            assert hands.main.hunt is before
            await hunt(hands)
            assert hands.main.hunt is not None
            assert hands.main.hunt.findings
            assert hands.main.hunter is not None
            assert hands.main.hunt.analyst == hands.main.hunter.analyst.name


async def test_other_logs_begin_with_an_empty_screen(home: Path, demo_database: Path) -> None:
    other = home / "data" / "case-42.duckdb"
    other.symlink_to(demo_database)
    async with running({}) as hands:
        await ask(hands)
        await run(hands)
        await hands.press(KEYS)
        await hands.until(lambda: isinstance(hands.app.screen, SettingsScreen), "the settings")
        await hands.press("w")
        await hands.until(lambda: isinstance(hands.app.screen, PlacesScreen), "the choice of logs")
        await hands.press("down", "enter")
        await hands.until(lambda: hands.app.screen is hands.main, "chosen")
        await hands.until(lambda: "case-42" in hands.status, "the file is open")
        assert hands.main.hunt is None
        await hands.press("left_square_bracket")
        await hands.pilot.pause()
        assert hands.main.hunt is None
    assert config(home) == {"workspace": {"kind": "local", "path": str(other)}}
