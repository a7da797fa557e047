"""Reads the guardrails' TOML files; errors name the file and place."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from soc_tui.model.errors import ConfigError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A table of a TOML file: the file, and the dotted key that leads there."""

    file: str
    key: str = ""

    def at(self, key: str) -> Place:
        """The place of a key below this one."""
        return Place(self.file, f"{self.key}.{key}" if self.key else key)

    def error(self, what: str, next_step: str = "") -> ConfigError:
        """A ConfigError that names file and key."""
        where = f"{self.file}, at {self.key}" if self.key else self.file
        return ConfigError(f"{where}: {what}", "", next_step or "Fix the file.")


def read_toml(path: Path) -> dict[str, Any]:
    """The content of a TOML file.

    Raises:
        ConfigError: unreadable, not UTF-8, or not TOML (with line and column).
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"{path} cannot be read.", f"{reason}.", "Check the file.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path} is not UTF-8 text (byte {error.start}).", "", "Save it as UTF-8."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML.", f"{error}.", "Fix the file.") from error


def known_keys(table: Mapping[str, Any], keys: frozenset[str], place: Place) -> None:
    """Raise ConfigError when `table` has a key that is not one of `keys`."""
    for key in table:
        if key not in keys:
            raise place.at(key).error(
                "unknown setting.", f"Known settings: {', '.join(sorted(keys))}."
            )


def value(table: Mapping[str, Any], key: str, kind: type[T], default: T, place: Place) -> T:
    """`table[key]`, checked to be of `kind`; `default` when it is not there."""
    found = table.get(key, default)
    if not isinstance(found, kind) or (isinstance(found, bool) and kind is not bool):
        raise place.at(key).error(f"must be {_KINDS.get(kind, kind.__name__)}.")
    return found


def texts(table: Mapping[str, Any], key: str, place: Place) -> tuple[str, ...]:
    """A list of strings; empty when the key is not there."""
    found = value(table, key, list, [], place)
    if not all(isinstance(item, str) for item in found):
        raise place.at(key).error("must be a list of strings.")
    return tuple(found)


def date(table: Mapping[str, Any], key: str, place: Place) -> dt.date | None:
    """A day; None when the key is not there."""
    found = table.get(key)
    if found is None:
        return None
    if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
        raise place.at(key).error("must be a date like 2026-11-24, without quotes.")
    return found


_KINDS: Mapping[type, str] = {
    str: "a string in quotes",
    int: "a whole number",
    list: "a list",
    dict: "a table",
    bool: "true or false",
}
