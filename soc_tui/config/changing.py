"""Reads, validates and saves single settings by path (`limits.max_rows`)."""

from __future__ import annotations

import functools
import os
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from soc_tui.config.audit_log import record
from soc_tui.config.files import write_private
from soc_tui.config.paths import config_dir
from soc_tui.config.secret import Secret
from soc_tui.config.settings import Settings, merged, nested, variables
from soc_tui.config.workspace_section import choice
from soc_tui.model.errors import ConfigError

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_ENTRY = "The entry"
_HEAD = "soc-tui settings. Anything not listed has its default: `soc-tui config show`."


def type_of(settings: Settings, place: str) -> Any:
    """Type of a setting."""
    section, _, name = place.rpartition(".")
    owner = value_of(settings, section) if section else settings
    return typing.get_type_hints(type(owner))[name]


def is_secret(settings: Settings, place: str) -> bool:
    """Whether it is kept in secrets.toml and never shown."""
    return type_of(settings, place) is Secret


def choices(settings: Settings, place: str) -> tuple[str, ...]:
    """The words that a setting takes; empty when it takes any text or number."""
    kind = type_of(settings, place)
    return typing.get_args(kind) if typing.get_origin(kind) is Literal else ()


def default_of(settings: Settings, place: str) -> Any:
    """The value at a place when nothing is set."""
    return value_of(Settings(workspace=type(settings.workspace)()), place)


def value_of(settings: Settings, place: str) -> Any:
    """The value at a place."""
    return functools.reduce(getattr, place.split("."), typing.cast("Any", settings))


def text_of(settings: Settings, place: str) -> str:
    """The value as it is typed; empty for a secret, and where nothing is set."""
    value = value_of(settings, place)
    if value is None or isinstance(value, Secret):
        return ""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def with_text(settings: Settings, place: str, text: str) -> Settings:
    """The settings with what was typed at a place; nothing typed means the default.

    Raises:
        ConfigError: the text cannot be used there; says what is expected.
    """
    text = text.strip()
    if not text:
        return with_value(settings, place, default_of(settings, place))
    several = typing.get_origin(type_of(settings, place)) is tuple
    typed = [part.strip() for part in text.split(",") if part.strip()] if several else text
    return merged(settings, nested(place, typed), _ENTRY)


def with_value(settings: Settings, place: str, value: Any) -> Settings:
    """The settings with a value of the right type at a place."""
    first, _, rest = place.partition(".")
    if rest:
        value = replace(getattr(settings, first), **{rest: value})
    return replace(settings, **{first: value})


def from_environment(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The variable that sets each place; the files do not count there."""
    found = {place: name for name, place in variables(settings).items() if environ.get(name)}
    if text := environ.get("SOC_TUI_WORKSPACE"):
        chosen = choice(type(settings.workspace), text)
        found |= {f"workspace.{name}": "SOC_TUI_WORKSPACE" for name in chosen}
    return found


def is_first_run(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether neither a config.toml nor the environment says where the logs are."""
    chosen = environ.get("SOC_TUI_WORKSPACE")
    return not chosen and not (config_dir() / "config.toml").exists()


def changed_places(before: Settings, after: Settings) -> tuple[str, ...]:
    """Places whose values differ."""
    return tuple(
        place for place in _places(before) if value_of(before, place) != value_of(after, place)
    )


def save_changes(settings: Settings, places: Iterable[str], path: Path | None = None) -> None:
    """Write these values to config.toml, secrets to secrets.toml next to it; both 0600.

    Everything else in the files stays as it is, with its comments. A value that is the default is
    taken out. config.toml is there afterwards also when nothing differs from the defaults.

    Raises:
        ConfigError: a file cannot be read or written; that one is as it was before.
    """
    file = path or config_dir() / "config.toml"
    chosen = tuple(places)
    secret = tuple(place for place in chosen if is_secret(settings, place))
    if secret:
        _rewrite(file.with_name("secrets.toml"), settings, set_here=secret)
    _rewrite(file, settings, set_here=tuple(p for p in chosen if p not in secret), taken_out=secret)
    told = [f"{p} = {'(hidden)' if p in secret else text_of(settings, p)}" for p in chosen]
    record("settings", {"file": str(file), "set": told})


def _rewrite(
    file: Path, settings: Settings, *, set_here: Iterable[str], taken_out: Iterable[str] = ()
) -> None:
    import tomlkit

    document = _read(file)
    for place in set_here:
        value = value_of(settings, place)
        if value == default_of(settings, place):
            _take_out(document, place)
            continue
        table: Any = document
        *tables, name = place.split(".")
        for each in tables:
            if each not in table:
                table[each] = tomlkit.table()
            table = table[each]
        table[name] = _toml_value(value)
    for place in taken_out:
        _take_out(document, place)
    # Through a link (to a folder of dotfiles), not in its place.
    write_private(file.resolve(), tomlkit.dumps(document).encode())


def _read(file: Path) -> TOMLDocument:
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    if not file.exists():
        document = tomlkit.document()
        document.add(tomlkit.comment(_HEAD))
        return document
    try:
        return tomlkit.parse(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, TOMLKitError) as error:
        raise ConfigError(
            f"{file} cannot be read, so nothing was saved.", "", "Fix or remove the file."
        ) from error


def _take_out(document: TOMLDocument, place: str) -> None:
    table: Any = document
    *tables, name = place.split(".")
    for each in tables:
        table = table.get(each)
        if table is None:
            return
    if name in table:
        del table[name]


def _toml_value(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Path | Decimal):
        return str(value)
    return list(value) if isinstance(value, tuple) else value


def _places(settings: Any, prefix: str = "") -> Iterable[str]:
    for item in fields(settings):
        value = getattr(settings, item.name)
        if is_dataclass(value):
            yield from _places(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}"
