"""Crash reports: the details of internal errors, in a file."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path

from soc_tui.config.files import write_private
from soc_tui.config.paths import config_dir, state_dir
from soc_tui.model.errors import ConfigError
from soc_tui.model.inert import inert
from soc_tui.model.secret import HIDDEN
from soc_tui.version import __version__

_SHORTEST_SECRET = 6
_LONGEST_LINE = 500
_NAMES = re.compile(r"KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL", re.IGNORECASE)
_QUOTED = re.compile(r"\"([^\"\n]+)\"|'([^'\n]+)'")
_FORMS = re.compile(r"sk-[\w-]{8,}|(?i:bearer)\s+[\w.~+/=-]+|eyJ[\w.-]{20,}|(?<=://)[^/\s@]+(?=@)")


def crash_text(error: BaseException) -> str:
    """One line to show for an error that is our fault; its details are written to a file."""
    name = type(error).__name__
    try:
        return f"internal error ({name}). Details: {write_crash(error)}"
    except (ConfigError, OSError) as second:
        return f"internal error ({name}). Its details could not be written: {second}"


def write_crash(error: BaseException, environ: Mapping[str, str] = os.environ) -> Path:
    """Write where the error happened to a file (0600) and return its path. No secrets in it.

    Raises:
        ConfigError: the file cannot be written.
    """
    now = dt.datetime.now(dt.UTC)
    head = f"soc-tui {__version__}, Python {platform.python_version()}, {now:%FT%TZ}\n\n"
    text = "".join(traceback.format_exception(error))
    for secret in _secrets(environ):
        text = text.replace(secret, HIDDEN)
    text = _FORMS.sub(HIDDEN, text)
    lines = (inert(line, _LONGEST_LINE) for line in text.split("\n"))
    path = state_dir() / f"crash-{now:%Y%m%dT%H%M%S}.txt"
    write_private(path, (head + "\n".join(lines)).encode())
    return path


def _secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """Texts that must not be written, longest first. The settings may be what is broken."""
    found = {value for name, value in environ.items() if _NAMES.search(name)}
    file = config_dir() / "secrets.toml"
    if file.is_file():
        content = file.read_text(encoding="utf-8", errors="replace")
        found.update(first or second for first, second in _QUOTED.findall(content))
    yield from sorted((text for text in found if len(text) >= _SHORTEST_SECRET), key=len)[::-1]
