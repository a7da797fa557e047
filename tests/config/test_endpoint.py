"""Which service the settings mean, and what they lack for it."""

from pathlib import Path

import pytest

from soc_tui.config.endpoint import check, is_azure, shown, uses_model
from soc_tui.config.settings import Settings
from soc_tui.model.errors import ConfigError
from soc_tui.opening.model_endpoint import model_name, models_there
from soc_tui.opening.workspace_kinds import load_settings
from tests.analysts.openai.cases import MODELS

AZURE = {"AZURE_OPENAI_ENDPOINT": "https://ours.openai.azure.com/"}
KEY = "sk-not-a-real-key"


def settings(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load_settings(path, environ)


@pytest.mark.parametrize(
    ("environ", "model_is_used"),
    [
        ({}, False),
        ({"OPENAI_API_KEY": KEY}, True),
        ({"OPENAI_BASE_URL": "http://localhost:11434/v1"}, True),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, False),
        (AZURE, True),
        ({"OPENAI_API_KEY": KEY, "SOC_TUI_ANALYST": "offline"}, False),
        ({"SOC_TUI_ANALYST": "openai"}, True),
    ],
)
def test_a_model_is_used_where_one_can_be_reached(
    tmp_path: Path, environ: dict[str, str], model_is_used: bool
) -> None:
    assert uses_model(settings(tmp_path, **environ)) is model_is_used


@pytest.mark.parametrize(
    ("environ", "lacks"),
    [
        ({}, "OPENAI_API_KEY is not set"),
        ({"OPENAI_BASE_URL": "https://api.openai.com/v1"}, "OPENAI_API_KEY is not set"),
        ({"OPENAI_BASE_URL": "localhost:11434/v1"}, "not an http or https address"),
        ({"OPENAI_BASE_URL": "http://[::bad/v1"}, "not an http or https address"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:99999/v1"}, "not an http or https address"),
        (AZURE, "AZURE_OPENAI_DEPLOYMENT"),
        ({"AZURE_OPENAI_ENDPOINT": "ours", "AZURE_OPENAI_DEPLOYMENT": "d"}, "https address"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, environ: dict[str, str], lacks: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(settings(tmp_path, **environ).openai)
    assert lacks in str(error.value)
    assert "--offline" in error.value.next_step


@pytest.mark.parametrize(
    "environ",
    [
        {"OPENAI_API_KEY": KEY},
        {"OPENAI_BASE_URL": "http://localhost:11434/v1"},
        {**AZURE, "AZURE_OPENAI_DEPLOYMENT": "d"},
        {**AZURE, "SOC_TUI_MODEL": "gpt-5-mini"},
    ],
)
def test_what_is_complete(tmp_path: Path, environ: dict[str, str]) -> None:
    check(settings(tmp_path, **environ).openai)


def test_openai_can_be_chosen_where_azure_is_set_up_too(tmp_path: Path) -> None:
    chosen = settings(tmp_path, '[openai]\nkind = "openai"\n', **AZURE).openai
    assert not is_azure(chosen)
    assert is_azure(settings(tmp_path, **AZURE).openai)


def test_the_service_is_shown_without_its_key(tmp_path: Path) -> None:
    azure = {**AZURE, "AZURE_OPENAI_DEPLOYMENT": "d", "AZURE_OPENAI_API_KEY": KEY}
    text = shown(settings(tmp_path, **azure).openai)
    assert text == "Azure OpenAI at ours.openai.azure.com, deployment d, API v1, by key"
    entra = {**AZURE, "AZURE_OPENAI_DEPLOYMENT": "d", "OPENAI_API_VERSION": "2024-10-21"}
    assert "API 2024-10-21, by Entra ID" in shown(settings(tmp_path, **entra).openai)
    local = settings(tmp_path, OPENAI_BASE_URL="http://u:secret@localhost:1/v1?key=secret")
    assert shown(local.openai) == "a server at localhost, model auto"
    assert shown(settings(tmp_path, OPENAI_API_KEY=KEY).openai) == "OpenAI, model auto"


def test_of_a_deployment_only_the_size_is_known(tmp_path: Path) -> None:
    chosen = settings(
        tmp_path, **AZURE, AZURE_OPENAI_DEPLOYMENT="ours", SOC_TUI_MODEL="gpt-5-mini"
    ).openai
    assert model_name(chosen) == "ours"
    (spec,) = models_there(chosen, MODELS, MODELS).values()
    assert (spec.name, spec.context_tokens) == ("ours", 272_000)
    assert spec.input_price is None
    assert not spec.tokens_per_minute


def test_a_deployment_that_is_named_like_its_model_has_no_price_either(tmp_path: Path) -> None:
    chosen = settings(tmp_path, **AZURE, AZURE_OPENAI_DEPLOYMENT="gpt-4.1").openai
    assert models_there(chosen, MODELS, MODELS)["gpt-4.1"].input_price is None
    assert models_there(chosen, MODELS, {})["gpt-4.1"].input_price is not None  # the user's row
    unknown = settings(tmp_path, **AZURE, AZURE_OPENAI_DEPLOYMENT="ours").openai
    assert models_there(unknown, MODELS, MODELS) == {}
