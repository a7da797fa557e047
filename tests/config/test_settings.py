import os
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.config.changing import save_changes
from soc_tui.config.files import write_private
from soc_tui.config.secret import Secret
from soc_tui.config.settings import (
    OpenAISettings,
    Settings,
    to_toml,
    with_workspace,
)
from soc_tui.model.errors import ConfigError
from soc_tui.model.limits import Limits
from soc_tui.opening.workspace_kinds import default_settings, load_settings

pytestmark = pytest.mark.usefixtures("home")  # what is written is logged

KEY = "sk-not-a-real-key"


def write(folder: Path, text: str, name: str = "config.toml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_nothing_set_means_demo_and_automatic_analyst(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOC_TUI_HOME", str(tmp_path))
    assert load_settings(environ={}) == default_settings()


def test_environment_goes_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[openai]\nmodel = "gpt-5"\ntier = "1"\n')
    settings = load_settings(path, {"SOC_TUI_MODEL": "gpt-5-mini"})
    assert settings.openai.model == "gpt-5-mini"
    assert settings.openai.tier == "1"


def test_secrets_come_from_their_own_file(tmp_path: Path) -> None:
    path = write(tmp_path, "")
    write(tmp_path, f'[openai]\napi_key = "{KEY}"\n', "secrets.toml")
    assert load_settings(path, {}).openai.api_key.reveal() == KEY


def test_price_cap_is_exact(tmp_path: Path) -> None:
    path = write(tmp_path, '[limits]\nmax_price = "0.10"\n')
    assert load_settings(path, {}).limits.max_price == Decimal("0.10")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 'red'\n", "colour"),
        ("[limits]\nmax_rows = 'many'\n", "limits.max_rows"),
        ("[limits]\nmax_rows = true\n", "limits.max_rows"),
        ("[limits]\nmax_hours = nan\n", "limits.max_hours"),
        ("[limits]\nmax_hours = 1e300\n", "a number up to 876,000"),
        ("[limits]\ndefault_hours = 876_001\n", "limits.default_hours"),
        ("[limits]\nmax_day_spend = 'NaN'\n", "limits.max_day_spend"),
        ("[limits]\nmax_day_spend = -1\n", "limits.max_day_spend"),
        ("[workspace]\nkind = 'splunk'\n", "workspace.kind"),
        ("[limits]\nallowed_models = 'gpt-5'\n", "limits.allowed_models"),
        ("[limits]\nmax_rows = 1.5\n", "limits.max_rows"),
        (f"[limits]\nmax_rows = {10**400}\n", "limits.max_rows"),
        ("[workspace]\npath = '~nobody-of-that-name/x'\n", "workspace.path"),
        ("limits = 5\n", "Expected a table"),
        ("[openai\n", "config.toml"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(write(tmp_path, text), {})
    assert named in str(caught.value)
    assert "config.toml" in str(caught.value)


def test_a_file_of_notepad_is_read_and_kept(tmp_path: Path) -> None:
    file = write(tmp_path, "\ufeff# mine\nanalyst = 'offline'\n")
    settings = load_settings(file, {})
    assert settings.analyst == "offline"
    save_changes(replace(settings, theme="soc-light"), ["theme"], file)
    assert file.read_text("utf-8") == "# mine\nanalyst = 'offline'\ntheme = \"soc-light\"\n"


def test_a_bad_variable_is_named() -> None:
    with pytest.raises(ConfigError, match="SOC_TUI_ANALYST"):
        load_settings(environ={"SOC_TUI_ANALYST": "oracle"})


def test_a_workspace_is_chosen_by_word_or_file() -> None:
    assert with_workspace(default_settings(), "log_analytics").workspace.kind == "log_analytics"
    local = with_workspace(default_settings(), "case.duckdb").workspace
    assert (local.kind, local.file) == ("local", Path("case.duckdb"))


def test_settings_as_toml_load_again_without_the_secrets(tmp_path: Path) -> None:
    settings = Settings(
        workspace=replace(
            with_workspace(default_settings(), str(tmp_path / "a.duckdb")).workspace,
            client_secret=Secret("hush"),
        ),
        openai=OpenAISettings(api_key=Secret(KEY), model="gpt-5"),
        limits=Limits(
            max_price=Decimal("1.50"), max_day_spend=Decimal(5), allowed_models=("gpt-5",)
        ),
    )
    path = tmp_path / "config.toml"
    path.write_text(to_toml(settings))
    assert KEY not in path.read_text()
    assert "hush" not in path.read_text()
    loaded = load_settings(path, {})
    assert loaded.limits == settings.limits
    assert loaded.workspace.file == settings.workspace.file == tmp_path / "a.duckdb"
    assert not loaded.openai.api_key


def test_a_secret_never_shows_itself() -> None:
    settings = Settings(openai=OpenAISettings(api_key=Secret(KEY)))
    assert KEY not in f"{settings!r} {settings} {settings.openai.api_key}"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.write_text("not a folder")
    with pytest.raises(ConfigError, match="could not be written"):
        write_private(folder / "config.toml", b"x")
    assert folder.read_text() == "not a folder"


def test_a_file_takes_no_device_or_folders_place(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for path in (pipe, tmp_path):
        with pytest.raises(ConfigError, match="is not a file"):
            write_private(path, b"x")
    assert stat.S_ISFIFO(pipe.stat().st_mode)
