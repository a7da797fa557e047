"""Settings: config.toml, secrets.toml, and the environment over both."""

from __future__ import annotations

import math
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

from soc_tui.config.paths import config_dir
from soc_tui.config.secret import Secret
from soc_tui.config.workspace_section import (
    WorkspaceSettings,
    choice,
    declared_settings,
    file_setting,
)
from soc_tui.model.errors import ConfigError
from soc_tui.model.limits import Limits

T = TypeVar("T")

EndpointKind = Literal["auto", "openai", "azure"]
AnalystKind = Literal["auto", "openai", "offline"]
FreeHunt = Literal["after_rows", "on_key", "quoted"]


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """Which model thinks.

    Attributes:
        kind: "azure" for Azure OpenAI; "auto" means that when `azure_endpoint` is set.
        api_key: OpenAI's, or that of the server at `base_url`, which may need none.
        base_url: Any OpenAI-compatible endpoint; None for OpenAI's own.
        azure_endpoint: Azure OpenAI resource, https://NAME.openai.azure.com.
        azure_key: Key of that resource; without one, `workspace.credential` signs in.
        azure_audience: Token audience. Azure Government: https://cognitiveservices.azure.us,
            Azure in China: https://cognitiveservices.azure.cn.
        deployment: Name of the deployment to use.
        api_version: Empty for the v1 API of Azure OpenAI.
        model: A name, or "auto" for the cheapest allowed one that fits. Of Azure OpenAI the model
            behind the deployment; "auto" when the deployment is named like it.
        tier: Usage tier of the account, "1" to "5".
        timeout_seconds: Longest silence of the service, seconds.
        answer_seconds: Longest time of one answer, from the request to its end.
        answer_mb: Most MiB of one answer.
        secrets: Whether passwords, keys and tokens in rows and texts are masked before they are
            sent.
        pseudonyms: Whose names are sent as pseudonyms: "users", "hosts", "addresses" (internal
            ones), "mail"; none by default.
        pseudonym_columns: Columns whose cells are sent as pseudonyms whole.
    """

    kind: EndpointKind = "auto"
    api_key: Secret = field(default_factory=Secret)
    base_url: str | None = None
    azure_endpoint: str = ""
    azure_key: Secret = field(default_factory=Secret)
    azure_audience: str = "https://cognitiveservices.azure.com"
    deployment: str = ""
    api_version: str = ""
    model: str = "auto"
    tier: str = "4"
    timeout_seconds: float = 120
    answer_seconds: float = 1800
    answer_mb: float = 32
    secrets: Literal["masked", "sent"] = "masked"
    pseudonyms: tuple[str, ...] = ()
    pseudonym_columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BundleSettings:
    """What is kept of a hunt so that it can be replayed.

    Attributes:
        max_mb: Most MiB of one bundle; a larger one is kept without its rows. 0 keeps none.
        max_total_mb: Most MiB of all bundles; the oldest are deleted. Their hunts stay recorded.
    """

    max_mb: float = 64
    max_total_mb: float = 2048


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How texts of logs leave for files and the clipboard.

    Attributes:
        text: "inert": what would act on a terminal or hide in a text is written as an escape, and
            no cell is a formula. "raw": CSV, Excel and copies hold it as it is in the log.
    """

    text: Literal["inert", "raw"] = "inert"

    @property
    def raw(self) -> bool:
        """Whether texts leave as they are in the log."""
        return self.text == "raw"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that can be set.

    Attributes:
        analyst: "auto" means a model where one can be reached.
        free_hunt: When rows are hunted through and nothing is charged or sent: as soon as they
            arrive, at the key without a quote, or behind a quote.
        theme: soc-dark, soc-light, soc-contrast, soc-16 or one of Textual's; "auto" is soc-16 on a
            terminal with 16 colours, else soc-dark.
        keys: Keys of actions, twins separated by commas: {"main.run_query": "f5,ctrl+r"}.
    """

    workspace: WorkspaceSettings = field(default_factory=WorkspaceSettings)
    openai: OpenAISettings = field(default_factory=OpenAISettings)
    limits: Limits = field(default_factory=Limits)
    bundles: BundleSettings = field(default_factory=BundleSettings)
    export: ExportSettings = field(default_factory=ExportSettings)
    analyst: AnalystKind = "auto"
    free_hunt: FreeHunt = "after_rows"
    theme: str = "auto"
    keys: Mapping[str, str] = field(default_factory=dict)


# Environment variable -> place, beside those that the section [workspace] declares.
_VARIABLES = {
    "OPENAI_API_KEY": "openai.api_key",
    "OPENAI_BASE_URL": "openai.base_url",
    "AZURE_OPENAI_ENDPOINT": "openai.azure_endpoint",
    "AZURE_OPENAI_API_KEY": "openai.azure_key",
    "AZURE_OPENAI_DEPLOYMENT": "openai.deployment",
    "AZURE_OPENAI_API_VERSION": "openai.api_version",
    "OPENAI_API_VERSION": "openai.api_version",
    "SOC_TUI_MODEL": "openai.model",
    "SOC_TUI_TIER": "openai.tier",
    "SOC_TUI_ANALYST": "analyst",
    "SOC_TUI_FREE_HUNT": "free_hunt",
    "SOC_TUI_THEME": "theme",
}


def variables(settings: Settings) -> dict[str, str]:
    """The place in the settings that each environment variable sets."""
    declared = declared_settings(type(settings.workspace)).items()
    own = {one.variable: f"workspace.{name}" for name, one in declared if one.variable}
    return _VARIABLES | own


def read_settings(
    defaults: Settings, path: Path | None = None, environ: Mapping[str, str] = os.environ
) -> Settings:
    """Read config.toml (and secrets.toml next to it), then override with the environment.

    Args:
        defaults: What holds where nothing is set; its workspace says what can be set there.
        path: Another config.toml; it must exist then.

    Raises:
        ConfigError: a file or value that cannot be used, naming file, key and what is expected.
    """
    file = path or config_dir() / "config.toml"
    settings = defaults
    if path or file.exists():
        settings = merged(settings, _read(file), str(file))
    secrets = file.with_name("secrets.toml")
    if secrets.exists():
        settings = merged(settings, _read(secrets), str(secrets))
    for variable, place in variables(settings).items():
        if text := environ.get(variable):
            settings = merged(settings, nested(place, text), f"environment variable {variable}")
    if text := environ.get("SOC_TUI_WORKSPACE"):
        settings = with_workspace(settings, text)
    return settings


def with_workspace(settings: Settings, chosen: str) -> Settings:
    """The settings with another workspace: a kind by its name, or a file's path."""
    values = choice(type(settings.workspace), chosen)
    return merged(settings, {"workspace": values}, "the chosen workspace")


def places_chosen(settings: Settings) -> tuple[str, ...]:
    """The places that choosing another workspace sets."""
    place = file_setting(type(settings.workspace))
    return ("workspace.kind", *([f"workspace.{place}"] if place else []))


def to_toml(settings: Settings) -> str:
    """The settings as the text of a config.toml, without secrets."""
    import tomli_w

    return tomli_w.dumps(_document(settings))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad writes the mark
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(
            f"{path} cannot be read.", f"{error}.", "Fix or remove the file."
        ) from error


def nested(place: str, value: object) -> dict[str, Any]:
    """A value at its place: `limits.max_rows` becomes {"limits": {"max_rows": value}}."""
    for name in reversed(place.split(".")):
        value = {name: value}
    return typing.cast("dict[str, Any]", value)


def merged(settings: T, values: Mapping[str, Any], source: str, prefix: str = "") -> T:
    """`settings` with `values` over it; each value is checked against its field's type, and
    against the most that the field takes.

    Raises:
        ConfigError: `source` has an unknown setting, or a value that cannot be used.
    """
    known: dict[str, Field[Any]] = {item.name: item for item in fields(settings)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(type(settings))
    changes: dict[str, Any] = {}
    for name, value in values.items():
        key = f"{prefix}{name}"
        if name not in known:
            raise ConfigError(
                f"{source} has an unknown setting: {key}.",
                f"Known settings: {', '.join(known)}.",
                "Fix the name or remove it.",
            )
        current = getattr(settings, name)
        if is_dataclass(current) and isinstance(value, Mapping):
            changes[name] = merged(current, value, source, f"{key}.")
        else:
            most = known[name].metadata.get("most")
            changes[name] = _value(value, hints[name], key, source, most)
    return replace(settings, **changes)  # type: ignore[type-var]


def _value(value: Any, expected: Any, key: str, source: str, most: float | None = None) -> Any:
    """`value` as the field's type, or ConfigError. Numbers may come as text (environment)."""
    options = typing.get_args(expected) if _is_union(expected) else (expected,)
    for option in options:
        try:
            found = _converted(value, option)
        except (TypeError, ValueError, ArithmeticError, RuntimeError):
            continue  # RuntimeError: `~name` of nobody
        if most is None or found <= most:
            return found
    at_most = "" if most is None else f" up to {most:,}"
    raise ConfigError(
        f"{source}: {key} cannot be used.",
        f"Expected {_type_text(expected)}{at_most}.",
        "Fix the value.",
    )


def _converted(value: Any, expected: Any) -> Any:
    words = typing.get_args(expected) if typing.get_origin(expected) is Literal else ()
    if value in words or (expected is str and isinstance(value, str)):
        return value
    if typing.get_origin(expected) is tuple:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif typing.get_origin(expected) is Mapping and isinstance(value, Mapping):
        return _flat(value)
    elif expected is Secret and isinstance(value, str):
        return Secret(value)
    elif expected is Path and isinstance(value, str) and value:
        return Path(value).expanduser()
    elif expected in (int, float, Decimal) and not isinstance(value, bool):
        number = expected(str(value)) if expected is Decimal else expected(value)
        cut = isinstance(value, float) and expected is int and number != value
        if math.isfinite(number) and number >= 0 and not cut:
            return number
    raise ValueError(expected)


def _flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Texts by dotted name; TOML reads `a.b = "c"` without quotes as a table in a table."""
    texts: dict[str, str] = {}
    for name, value in table.items():
        if isinstance(value, Mapping):
            texts |= _flat(value, f"{prefix}{name}.")
        elif isinstance(value, str):
            texts[f"{prefix}{name}"] = value
        else:
            raise TypeError(value)
    return texts


def _is_union(expected: Any) -> bool:
    return typing.get_origin(expected) in (types.UnionType, typing.Union)


def _type_text(expected: Any) -> str:
    if typing.get_origin(expected) is Literal:
        return "one of " + ", ".join(typing.get_args(expected))
    if _is_union(expected):
        return " or ".join(
            _type_text(item) for item in typing.get_args(expected) if item is not type(None)
        )
    if typing.get_origin(expected) is tuple:
        return "a list of strings"
    if typing.get_origin(expected) is Mapping:
        return "a table of strings"
    if is_dataclass(expected):
        return "a table"
    names = {str: "a string", int: "a whole number", float: "a number", Decimal: "a USD amount"}
    return names.get(expected, "a path" if expected is Path else "a string")


def _document(settings: Any) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, Secret) or value is None:
            continue
        if is_dataclass(value):
            document[item.name] = _document(value)
        elif isinstance(value, Path | Decimal):
            document[item.name] = str(value)
        else:
            plain = list(value) if isinstance(value, tuple) else value
            document[item.name] = dict(plain) if isinstance(plain, Mapping) else plain
    return document
