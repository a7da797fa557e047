"""The items of the settings screen, in order, with their help texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.config.endpoint import is_azure
from soc_tui.config.settings import Settings, variables
from soc_tui.config.workspace_section import SIGN_IN, Declared, declared_settings, kinds_with


def _always(_: Settings) -> bool:
    return True


def _model(settings: Settings) -> bool:
    return settings.analyst != "offline"


def _azure_model(settings: Settings) -> bool:
    return _model(settings) and is_azure(settings.openai)


def _other_model(settings: Settings) -> bool:
    return _model(settings) and not is_azure(settings.openai)


def _signs_in(settings: Settings) -> bool:
    """Whether Azure sign-in is used: for the logs, or for a model without a key."""
    workspace = settings.workspace
    logs = workspace.kind in kinds_with(type(workspace), "credential")
    return logs or (_azure_model(settings) and not settings.openai.azure_key)


def _signs_in_with(declared: Declared) -> Callable[[Settings], bool]:
    def shown(settings: Settings) -> bool:
        usable = not declared.credentials or settings.workspace.credential in declared.credentials
        return _signs_in(settings) and usable

    return shown


def _of_its_kinds(declared: Declared) -> Callable[[Settings], bool]:
    return lambda settings: settings.workspace.kind in declared.kinds


@dataclass(frozen=True, slots=True)
class Item:
    """One setting.

    Attributes:
        place: In the settings, for example "limits.max_rows".
        shown: Whether it matters beside the others; what does not is not offered.
    """

    place: str
    label: str
    meaning: str
    shown: Callable[[Settings], bool] = _always


_SECTIONS: dict[str, tuple[Item, ...]] = {
    "Analyst": (
        Item("analyst", "Analyst", "auto: a model if one is set up, else offline"),
        Item("openai.kind", "Service", "auto: Azure if it has an address", _model),
        Item(
            "openai.base_url",
            "Base URL",
            "empty for OpenAI; else an OpenAI-compatible server",
            _other_model,
        ),
        Item("openai.api_key", "API key", "kept in secrets.toml, never shown", _other_model),
        Item(
            "openai.azure_endpoint",
            "Azure OpenAI",
            "resource URL, https://NAME.openai.azure.com",
            _model,
        ),
        Item("openai.deployment", "Deployment", "deployment name in the resource", _azure_model),
        Item("openai.azure_key", "Azure key", "empty: sign in with Entra ID", _azure_model),
        Item("openai.api_version", "API version", "empty for the v1 API", _azure_model),
        Item("openai.model", "Model", "auto: the cheapest allowed one that fits", _model),
        Item("openai.tier", "Usage tier", "account tier; sets the tokens per minute", _model),
        Item(
            "openai.pseudonyms",
            "Pseudonyms",
            "for users, hosts, addresses, mail, or all; empty: none",
            _model,
        ),
        Item("openai.timeout_seconds", "Timeout", "maximum silence, seconds", _model),
    ),
    "Limits": (
        Item("limits.max_rows", "Max rows", "maximum rows per query"),
        Item("limits.max_hours", "Max hours", "maximum time range of a query"),
        Item("limits.default_hours", "Default hours", "time range if the request gives none"),
        Item("limits.max_price", "Max per call", "USD; a higher price is refused", _model),
        Item("limits.warn_day_spend", "Daily warning", "USD; quotes above it warn", _model),
        Item("limits.max_day_spend", "Max per day", "USD; more is refused", _model),
        Item("limits.max_session_spend", "Max per session", "USD; more is refused", _model),
        Item(
            "limits.allowed_models", "Models", "allowed models, comma-separated; empty: all", _model
        ),
    ),
    "Hunting": (Item("free_hunt", "Free hunts", "after_rows, on_key (no quote) or quoted"),),
    "Look": (Item("theme", "Theme", "screen colors"),),
}

TIERS = ("1", "2", "3", "4", "5")


def sections(settings: Settings) -> dict[str, tuple[Item, ...]]:
    """All items by the heading that they stand under; those of [workspace] as declared."""
    logs: list[Item] = []
    sign_in: list[Item] = []
    for name, declared in declared_settings(type(settings.workspace)).items():
        if not declared.on_screen:
            continue
        place, said = f"workspace.{name}", (declared.label, declared.meaning)
        if name == "kind":
            logs.append(Item(place, *said))
        elif name in SIGN_IN:
            sign_in.append(Item(place, *said, _signs_in_with(declared)))
        else:
            logs.append(Item(place, *said, _of_its_kinds(declared)))
    return {"Logs": tuple(logs), "Sign-in to Azure": tuple(sign_in), **_SECTIONS}


def item_at(settings: Settings, place: str) -> Item | None:
    """The item of a place."""
    return next((item for item in _items(settings) if item.place == place), None)


def place_named(settings: Settings, text: str) -> str:
    """The place that an error's text names, also by its variable; empty when it names none."""
    places = [item.place for item in _items(settings)]
    named = {place: place for place in places}
    named |= {name: place for name, place in variables(settings).items() if place in places}
    found = [(text.index(name), -len(name), place) for name, place in named.items() if name in text]
    return min(found)[2] if found else ""


def _items(settings: Settings) -> list[Item]:
    return [item for items in sections(settings).values() for item in items]
