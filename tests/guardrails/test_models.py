"""models.toml: what is known of each model, what a user adds, and its print that reads back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from soc_tui.guardrails.models import FILE_NAME, load_models, models_toml
from soc_tui.model.errors import ConfigError
from soc_tui.model.limits import ModelSpec

BUILT_IN = load_models()


def write(config: Path, text: str) -> Mapping[str, ModelSpec]:
    (config / FILE_NAME).write_text(text, encoding="utf-8")
    return load_models(config)


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_row_has_a_source_and_prices_that_make_sense(name: str) -> None:
    spec = BUILT_IN[name]
    assert "https://developers.openai.com/" in spec.source
    assert spec.date is not None
    assert spec.input_price is not None and spec.output_price is not None
    assert spec.cached_price is not None and spec.max_output_tokens is not None
    assert 0 < spec.cached_price < spec.input_price < spec.output_price
    assert spec.cache_write_price is None or spec.cache_write_price == spec.input_price * 5 / 4
    assert spec.max_output_tokens < spec.context_tokens


def test_the_rows_of_the_script_that_is_replaced() -> None:
    rows = {
        "gpt-4.1-nano": (1_047_576, "0.10", "0.40", 200_000, 10_000_000),
        "gpt-4.1": (1_047_576, "2.00", "8.00", 30_000, 2_000_000),
        "gpt-5-mini": (272_000, "0.25", "2.00", 200_000, 10_000_000),
        "gpt-5": (272_000, "1.25", "10.00", 30_000, 2_000_000),
    }
    for name, (context, into, out, first, fourth) in rows.items():
        spec = BUILT_IN[name]
        assert (spec.context_tokens, spec.input_price, spec.output_price) == (
            context,
            Decimal(into),
            Decimal(out),
        )
        assert spec.tokens_per_minute == {"1": first, "4": fourth}


def test_a_users_file_changes_one_figure_and_keeps_the_rest(tmp_path: Path) -> None:
    models = write(
        tmp_path,
        '[models."gpt-5-mini"]\ntokens_per_minute = { 2 = 500_000 }\ncached_price = "0.02"\n',
    )
    changed, before = models["gpt-5-mini"], BUILT_IN["gpt-5-mini"]
    assert changed.tokens_per_minute == {"1": 200_000, "2": 500_000, "4": 10_000_000}
    assert changed.cached_price == Decimal("0.02")
    assert changed.input_price == before.input_price
    assert {**models, "gpt-5-mini": before} == BUILT_IN


def test_a_local_model_needs_its_context_only_and_the_rest_is_unknown(tmp_path: Path) -> None:
    models = write(tmp_path, '[models."llama3.1:8b"]\ncontext_tokens = 128_000\n')
    assert models["llama3.1:8b"] == ModelSpec("llama3.1:8b", 128_000)
    assert len(models) == len(BUILT_IN) + 1


def test_replace_drops_what_is_built_in(tmp_path: Path) -> None:
    mine = '[models."gpt-5"]\nreplace = true\ncontext_tokens = 9\nshutdown = 2030-01-01\n'
    models = write(tmp_path, mine)
    assert models["gpt-5"] == ModelSpec("gpt-5", 9, shutdown=dt.date(2030, 1, 1))
    assert list(write(tmp_path, f"replace = true\n{mine}")) == ["gpt-5"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[models.new]\n", "context_tokens is missing"),
        ("[models.new]\ncontext_tokens = 0", "must be 1 or more"),
        ("[models.gpt-5]\ninput_price = 1.25", "must be a string in quotes"),
        ("[models.gpt-5]\ncached_price = 'free'", "'free' is not a number"),
        ("[models.gpt-5]\ncached_price = '-1'", "must be 0 or more"),
        ("[models.gpt-5]\nshutdown = 'soon'", "must be a date"),
        ("[models.gpt-5]\nprice = '1'", "unknown setting"),
        ("[models.gpt-5]\ntokens_per_minute = { 4 = '9' }", "tokens_per_minute.4: must be a whole"),
        ("model = 1", "unknown setting"),
    ],
)
def test_what_cannot_be_used_is_named_with_file_and_place(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said) as error:
        write(tmp_path, text)
    assert str(tmp_path / FILE_NAME) in str(error.value)


def test_the_print_reads_back_as_it_was(tmp_path: Path) -> None:
    assert write(tmp_path, models_toml(BUILT_IN)) == BUILT_IN
    local = {"llama": ModelSpec("llama", 8_000, input_price=Decimal(0))}
    assert write(tmp_path, models_toml(local)) == local
