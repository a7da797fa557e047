"""Models that may be asked, with their limits and prices."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from soc_tui.guardrails.toml_files import Place, known_keys, read_toml, value
from soc_tui.model.limits import ModelSpec

FILE_NAME = "models.toml"
_BUILT_IN = Path(__file__).with_name(FILE_NAME)
_KEYS = frozenset(
    {
        "context_tokens",
        "date",
        "encoding",
        "input_price",
        "max_output_tokens",
        "output_price",
        "source",
        "tokens_per_minute",
    }
)


def load_models(config_dir: Path | None = None) -> Mapping[str, ModelSpec]:
    """The built-in models by name, with those of `models.toml` in `config_dir`, if there.

    A model in the user's file is added, or replaces the built-in one of that name.

    Raises:
        ConfigError: the user's file cannot be used; the text names the file and the place.
    """
    models = _models(read_toml(_BUILT_IN), Place(str(_BUILT_IN)))
    users = config_dir / FILE_NAME if config_dir else None
    if users is not None and users.exists():
        content = read_toml(users)
        known_keys(content, frozenset({"models"}), Place(str(users)))
        models |= _models(content, Place(str(users)))
    return models


def _models(content: Mapping[str, Any], place: Place) -> dict[str, ModelSpec]:
    found = value(content, "models", dict, {}, place)
    return {name: _model(name, found[name], place.at(f'models."{name}"')) for name in found}


def _model(name: str, content: object, place: Place) -> ModelSpec:
    if not isinstance(content, dict):
        raise place.error("must be a table.")
    known_keys(content, _KEYS, place)
    if "context_tokens" not in content:
        raise place.error("context_tokens is missing.", "Write the most input tokens it takes.")
    return ModelSpec(
        name=name,
        context_tokens=_count(content, "context_tokens", place) or 0,
        encoding=value(content, "encoding", str, "o200k_base", place),
        max_output_tokens=_count(content, "max_output_tokens", place),
        input_price=_price(content, "input_price", place),
        output_price=_price(content, "output_price", place),
        tokens_per_minute=_rates(content, place),
        source=value(content, "source", str, "", place),
        date=value(content, "date", dt.date, dt.date.min, place) if "date" in content else None,
    )


def _count(content: Mapping[str, Any], key: str, place: Place) -> int | None:
    if key not in content:
        return None
    count = value(content, key, int, 0, place)
    if count < 1:
        raise place.at(key).error("must be 1 or more.")
    return count


def _price(content: Mapping[str, Any], key: str, place: Place) -> Decimal | None:
    """USD per million tokens. A float is refused: it would not be the number that was written."""
    if key not in content:
        return None
    text = value(content, key, str, "", place)
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise place.at(key).error(f"{text!r} is not a number.") from None
    if not price.is_finite() or price < 0:
        raise place.at(key).error("must be 0 or more.")
    return price


def _rates(content: Mapping[str, Any], place: Place) -> dict[str, int]:
    found = value(content, "tokens_per_minute", dict, {}, place)
    place = place.at("tokens_per_minute")
    return {tier: _count(found, tier, place) or 0 for tier in found}
