"""`exclusions.toml`: what later hunts leave out of their findings; the app adds, hands edit."""

from __future__ import annotations

import datetime as dt
import tomllib
from pathlib import Path
from typing import Any

from soc_tui.config.files import write_private
from soc_tui.config.paths import config_dir
from soc_tui.model.errors import ConfigError
from soc_tui.model.exclusion import Exclusion

_HEAD = """\
# Findings that later hunts leave out, and count. All that an entry names must hold of every row
# that a finding cites. Delete an entry, or let `until` pass, and it is found again.
"""
_TEXTS = ("title", "entity", "command", "why")


def exclusions_path() -> Path:
    """Where they are kept."""
    return config_dir() / "exclusions.toml"


def load_exclusions() -> tuple[Exclusion, ...]:
    """All of them; none without a file.

    Raises:
        ConfigError: the file cannot be read, or an entry is not as it should be.
    """
    path = exclusions_path()
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("exclusion", [])
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{path} cannot be read.", f"{error}", "Correct it, or delete the file."
        ) from error
    if not isinstance(entries, list):
        raise _bad(path, 1, "is not written as [[exclusion]]")
    return tuple(_exclusion(entry, path, number) for number, entry in enumerate(entries, 1))


def add_exclusion(exclusion: Exclusion) -> None:
    """Add one at the end; what is there, with its comments, stays.

    Raises:
        ConfigError: the file cannot be read or written.
    """
    import tomlkit

    load_exclusions()
    path = exclusions_path()
    before = path.read_text("utf-8") if path.exists() else _HEAD
    table = tomlkit.table()
    for name in _TEXTS:
        if text := getattr(exclusion, name):
            table.add(name, text)
    if exclusion.until:
        table.add("until", exclusion.until)
    entries = tomlkit.aot()
    entries.append(table)
    added = tomlkit.document()
    added.add("exclusion", entries)
    write_private(path, f"{before.rstrip()}\n\n{tomlkit.dumps(added).strip()}\n".encode())


def _exclusion(entry: Any, path: Path, number: int) -> Exclusion:
    if not isinstance(entry, dict):
        raise _bad(path, number, "is no table")
    unknown = [name for name in entry if name not in {*_TEXTS, "until"}]
    if unknown:
        raise _bad(path, number, f"has an unknown {unknown[0]}")
    texts = {name: entry.get(name, "") for name in _TEXTS}
    wrong = next((name for name, text in texts.items() if not isinstance(text, str)), "")
    if wrong or not texts["title"].strip():
        raise _bad(path, number, f"needs a text as {wrong or 'title'}")
    until = entry.get("until")
    if until is not None and (not isinstance(until, dt.date) or isinstance(until, dt.datetime)):
        raise _bad(path, number, "needs a day as until, for example 2027-01-31")
    return Exclusion(**texts, until=until)


def _bad(path: Path, number: int, what: str) -> ConfigError:
    return ConfigError(
        f"Exclusion {number} of {path} {what}.",
        "An entry has title, and may have entity, command, until and why.",
        "Correct it, or delete the entry.",
    )
