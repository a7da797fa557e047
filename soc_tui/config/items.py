"""What can be set on the settings screen, in order, with what each is for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.config.endpoint import is_azure
from soc_tui.config.settings import ENVIRONMENT, Settings


def _always(_: Settings) -> bool:
    return True


def _local(settings: Settings) -> bool:
    return settings.workspace.kind == "local"


def _logs(settings: Settings) -> bool:
    return settings.workspace.kind == "log_analytics"


def _model(settings: Settings) -> bool:
    return settings.analyst != "offline"


def _azure_model(settings: Settings) -> bool:
    return _model(settings) and is_azure(settings.openai)


def _other_model(settings: Settings) -> bool:
    return _model(settings) and not is_azure(settings.openai)


def _signs_in(settings: Settings) -> bool:
    """Whether somebody signs in to Azure: for the logs, or for a model without a key."""
    return _logs(settings) or (_azure_model(settings) and not settings.openai.azure_key)


def _with(*kinds: str) -> Callable[[Settings], bool]:
    def shown(settings: Settings) -> bool:
        return _signs_in(settings) and settings.workspace.credential in kinds

    return shown


@dataclass(frozen=True, slots=True)
class Item:
    """One setting.

    Attributes:
        place: In the settings, for instance "limits.max_rows".
        shown: Whether it matters beside the others; what does not is not offered.
    """

    place: str
    label: str
    meaning: str
    shown: Callable[[Settings], bool] = _always


SECTIONS: dict[str, tuple[Item, ...]] = {
    "Logs": (
        Item("workspace.kind", "Workspace", "demo, a local file, or Azure Log Analytics"),
        Item("workspace.path", "File", "DuckDB file of imported logs", _local),
        Item("workspace.workspace_id", "Workspace id", "GUID on its overview page", _logs),
        Item("workspace.endpoint", "Query endpoint", "another one for a sovereign cloud", _logs),
        Item("workspace.timeout_seconds", "Time-out", "longest query, seconds (600)", _logs),
    ),
    "Sign-in to Azure": (
        Item("workspace.credential", "Credential", "chain tries all that are there", _signs_in),
        Item(
            "workspace.tenant_id",
            "Tenant id",
            "GUID or domain of the directory",
            _with("chain", "environment", "client_secret", "certificate", "device_code", "cli"),
        ),
        Item(
            "workspace.client_id",
            "Client id",
            "the app, or the managed identity, that signs in",
            _with("chain", "environment", "client_secret", "certificate", "managed_identity"),
        ),
        Item(
            "workspace.client_secret",
            "Client secret",
            "of that app; kept in secrets.toml, never shown",
            _with("chain", "environment", "client_secret"),
        ),
        Item(
            "workspace.certificate_path",
            "Certificate",
            "PEM or PFX file of that app",
            _with("chain", "environment", "certificate"),
        ),
        Item("workspace.authority", "Authority", "login host of the cloud, https", _signs_in),
        Item("workspace.ca_bundle", "CA bundle", "PEM file of further authorities", _signs_in),
    ),
    "Analyst": (
        Item("analyst", "Analyst", "auto is a model where one is set up, else offline"),
        Item("openai.kind", "Service", "auto is Azure where it has an address", _model),
        Item(
            "openai.base_url",
            "Base URL",
            "empty for OpenAI; else the address of a server like it",
            _other_model,
        ),
        Item("openai.api_key", "API key", "kept in secrets.toml, never shown", _other_model),
        Item(
            "openai.azure_endpoint",
            "Azure OpenAI",
            "its resource, https://NAME.openai.azure.com",
            _model,
        ),
        Item("openai.deployment", "Deployment", "its name in the resource", _azure_model),
        Item("openai.azure_key", "Azure key", "without one, Azure signs in", _azure_model),
        Item("openai.api_version", "API version", "empty for the v1 API", _azure_model),
        Item("openai.model", "Model", "auto is the cheapest allowed one that fits", _model),
        Item("openai.tier", "Usage tier", "of the account, for its tokens per minute", _model),
        Item("openai.timeout_seconds", "Time-out", "longest silence, seconds", _model),
    ),
    "Limits": (
        Item("limits.max_rows", "Most rows", "most rows that a query may return"),
        Item("limits.max_hours", "Most hours", "longest time range of a query"),
        Item("limits.default_hours", "Usual hours", "time range when a request names none"),
        Item("limits.max_price", "Price of a call", "USD; a dearer one is refused", _model),
        Item("limits.warn_day_spend", "Warn a day", "USD, from which a quote warns", _model),
        Item("limits.max_day_spend", "Spend of a day", "USD; more is refused", _model),
        Item("limits.max_session_spend", "Spend of a run", "USD; more is refused", _model),
        Item("limits.allowed_models", "Models", "allowed ones, with commas; empty for all", _model),
    ),
    "Look": (Item("theme", "Theme", "colours of the screen"),),
}

TIERS = ("1", "2", "3", "4", "5")


def item_at(place: str) -> Item | None:
    """The item of a place."""
    return next(
        (item for items in SECTIONS.values() for item in items if item.place == place), None
    )


def place_named(text: str) -> str:
    """The place that an error's text names, also by its variable; empty when it names none."""
    places = [item.place for items in SECTIONS.values() for item in items]
    named = {place: place for place in places}
    named |= {variable: place for variable, place in ENVIRONMENT.items() if place in places}
    found = [(text.index(name), -len(name), place) for name, place in named.items() if name in text]
    return min(found)[2] if found else ""
