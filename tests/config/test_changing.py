"""Single settings: typed, checked, and saved beside what is in the files."""

import stat
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.config.changing import (
    changed_places,
    choices,
    from_environment,
    is_secret,
    save_changes,
    text_of,
    type_of,
    with_text,
    with_value,
)
from soc_tui.config.items import item_at, place_named, sections
from soc_tui.config.secret import Secret
from soc_tui.model.errors import ConfigError
from soc_tui.opening.workspace_kinds import default_settings, load_settings

pytestmark = pytest.mark.usefixtures("home")  # what is written is logged

ITEMS = [item for items in sections(default_settings()).values() for item in items]
KEY = "sk-not-a-real-key"


def test_a_file_is_written_through_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles" / "soc.toml", tmp_path / "config.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    link.symlink_to(real)
    save_changes(with_text(default_settings(), "theme", "soc-light"), ["theme"], link)
    assert link.is_symlink()
    assert real.read_text() == '# mine\ntheme = "soc-light"\n'


@pytest.mark.parametrize("place", [item.place for item in ITEMS])
def test_each_item_is_a_setting_and_takes_its_own_text(place: str) -> None:
    settings = default_settings()
    assert type_of(settings, place) is not None
    assert item_at(settings, place) is not None
    assert with_text(settings, place, text_of(settings, place)) == settings


@pytest.mark.parametrize(
    ("place", "text", "value"),
    [
        ("limits.max_rows", "250", 250),
        ("limits.max_hours", "12.5", 12.5),
        ("limits.max_price", " 0.10 ", Decimal("0.10")),
        ("limits.max_price", "", None),
        ("limits.allowed_models", "gpt-5, gpt-5-mini,", ("gpt-5", "gpt-5-mini")),
        ("workspace.path", "a.duckdb", Path("a.duckdb")),
        ("workspace.endpoint", "", "https://api.loganalytics.io"),
        ("openai.api_key", KEY, Secret(KEY)),
    ],
)
def test_what_is_typed_becomes_the_value(place: str, text: str, value: object) -> None:
    settings = with_text(default_settings(), place, text)
    assert changed_places(with_value(settings, place, value), settings) == ()


@pytest.mark.parametrize(
    ("place", "text", "expected"),
    [
        ("limits.max_rows", "many", "a whole number"),
        ("limits.max_price", "-1", "a USD amount"),
        ("workspace.kind", "splunk", "demo, local, log_analytics"),
    ],
)
def test_what_cannot_be_used_is_refused(place: str, text: str, expected: str) -> None:
    with pytest.raises(ConfigError) as caught:
        with_text(default_settings(), place, text)
    assert place in str(caught.value)
    assert expected in str(caught.value)
    assert place_named(default_settings(), str(caught.value)) == place


def test_a_secret_has_no_text_and_choices_are_words() -> None:
    settings = with_text(default_settings(), "openai.api_key", KEY)
    assert text_of(settings, "openai.api_key") == ""
    assert is_secret(settings, "openai.api_key")
    assert not is_secret(settings, "openai.model")
    assert choices(settings, "workspace.kind") == ("demo", "local", "log_analytics")
    assert choices(settings, "openai.model") == ()


def test_the_environment_is_named() -> None:
    named = from_environment(
        default_settings(), {"SOC_TUI_TIER": "1", "SOC_TUI_WORKSPACE": "a.duckdb", "HOME": "/"}
    )
    assert named == {
        "openai.tier": "SOC_TUI_TIER",
        "workspace.kind": "SOC_TUI_WORKSPACE",
        "workspace.path": "SOC_TUI_WORKSPACE",
    }
    assert from_environment(default_settings(), {"SOC_TUI_TIER": ""}) == {}


def test_a_change_keeps_the_rest_of_the_file_with_its_comments(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '# mine\ntheme = "nord" # dark room\n\n[limits]\nmax_rows = 50 # few\n'
        'workspaces = ["soc-eu"]\n\n[workspace]\nkind = "demo"\n'
    )
    settings = load_settings(file, {})
    for place, text in (("limits.max_rows", "75"), ("openai.tier", "1"), ("theme", "")):
        settings = with_text(settings, place, text)
    save_changes(settings, ("limits.max_rows", "openai.tier", "theme"), file)
    written = file.read_text()
    assert "# mine" in written
    assert "max_rows = 75 # few" in written
    assert "theme" not in written
    assert tomllib.loads(written)["limits"]["workspaces"] == ["soc-eu"]
    assert load_settings(file, {}) == settings
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_go_to_their_own_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[openai]\napi_key = "sk-put-here-by-hand"\n')
    (tmp_path / "secrets.toml").write_text('[workspace]\nclient_secret = "hush"\n')
    settings = with_text(load_settings(file, {}), "openai.api_key", KEY)
    save_changes(settings, ("openai.api_key",), file)
    secrets = tmp_path / "secrets.toml"
    assert tomllib.loads(secrets.read_text()) == {
        "workspace": {"client_secret": "hush"},
        "openai": {"api_key": KEY},
    }
    assert "sk-" not in file.read_text()
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o600
    save_changes(with_text(settings, "openai.api_key", ""), ("openai.api_key",), file)
    assert KEY not in secrets.read_text()
    assert not load_settings(file, {}).openai.api_key


def test_the_file_is_there_also_when_all_is_at_its_default(tmp_path: Path) -> None:
    file = tmp_path / "config" / "config.toml"
    save_changes(default_settings(), ("workspace.kind",), file)
    assert load_settings(file, {}) == default_settings()
    assert not file.with_name("secrets.toml").exists()


def test_a_file_that_cannot_be_read_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[openai\n")
    with pytest.raises(ConfigError, match="nothing was saved"):
        save_changes(default_settings(), ("theme",), file)
    assert file.read_text() == "[openai\n"
