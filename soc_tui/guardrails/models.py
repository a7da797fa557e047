"""Models that may be asked, with their limits and prices."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from soc_tui.guardrails.toml_files import Place, date, known_keys, read_toml, value
from soc_tui.model.limits import ModelSpec

FILE_NAME = "models.toml"
_BUILT_IN = Path(__file__).with_name(FILE_NAME)
_PRICES = tuple(one.name for one in dataclasses.fields(ModelSpec) if one.name.endswith("_price"))
_KEYS = frozenset(
    {
        "context_tokens",
        "date",
        "encoding",
        "max_output_tokens",
        "replace",
        "shutdown",
        "source",
        "tokens_per_minute",
        *_PRICES,
    }
)


def load_models(config_dir: Path | None = None) -> Mapping[str, ModelSpec]:
    """The built-in models by name, with those of `models.toml` in `config_dir`, if there.

    In the user's file, `[models."NAME"]` adds a model, or changes what it says of a built-in one
    (tokens per minute tier by tier). `replace = true` there drops the built-in model of that name,
    at the top all built-in models.

    Raises:
        ConfigError: the user's file cannot be used; the text names the file and the place.
    """
    users = config_dir / FILE_NAME if config_dir else None
    if users is None or not users.exists():
        return _built_in()
    content = read_toml(users)
    place = Place(str(users))
    known_keys(content, frozenset({"models", "replace"}), place)
    base = {} if value(content, "replace", bool, False, place) else _built_in()
    return {**base, **_models(content, place, base)}


def models_toml(models: Mapping[str, ModelSpec]) -> str:
    """All models as the text of a models.toml that gives exactly them when it is loaded."""
    import tomli_w

    return tomli_w.dumps(
        {"replace": True, "models": {name: _document(spec) for name, spec in models.items()}}
    )


@functools.cache
def _built_in() -> Mapping[str, ModelSpec]:
    return _models(read_toml(_BUILT_IN), Place(str(_BUILT_IN)), {})


def _models(
    content: Mapping[str, Any], place: Place, base: Mapping[str, ModelSpec]
) -> dict[str, ModelSpec]:
    found = value(content, "models", dict, {}, place)
    return {name: _model(name, found[name], place.at(f'models."{name}"'), base) for name in found}


def _model(name: str, content: object, place: Place, base: Mapping[str, ModelSpec]) -> ModelSpec:
    if not isinstance(content, dict):
        raise place.error("must be a table.")
    known_keys(content, _KEYS, place)
    replaced = value(content, "replace", bool, False, place)
    known = None if replaced else base.get(name)
    if known is None and "context_tokens" not in content:
        raise place.error("context_tokens is missing.", "Write the most input tokens it takes.")
    spec = known or ModelSpec(name, 0)
    given: dict[str, Any] = {}
    for key in ("context_tokens", "max_output_tokens"):
        if key in content:
            given[key] = _count(content, key, place)
    for key in _PRICES:
        if key in content:
            given[key] = _price(content, key, place)
    for key in ("encoding", "source"):
        given[key] = value(content, key, str, getattr(spec, key), place)
    for key in ("date", "shutdown"):
        if key in content:
            given[key] = date(content, key, place)
    given["tokens_per_minute"] = {**spec.tokens_per_minute, **_rates(content, place)}
    return dataclasses.replace(spec, **given)


def _count(content: Mapping[str, Any], key: str, place: Place) -> int:
    count = value(content, key, int, 0, place)
    if count < 1:
        raise place.at(key).error("must be 1 or more.")
    return count


def _price(content: Mapping[str, Any], key: str, place: Place) -> Decimal:
    """USD per million tokens. A float is refused: it would not be the number that was written."""
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
    return {tier: _count(found, tier, place) for tier in found}


def _document(spec: ModelSpec) -> dict[str, Any]:
    """What is known of the model; what is unknown is left out."""
    found = {
        field.name: getattr(spec, field.name)
        for field in dataclasses.fields(spec)
        if field.name != "name"
    }
    return {
        key: str(entry) if isinstance(entry, Decimal) else entry
        for key, entry in found.items()
        if entry not in (None, "", {})
    }
