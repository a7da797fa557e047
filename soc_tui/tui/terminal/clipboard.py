"""Clipboard: OSC 52, with a private file for text that is too long for it."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App

from soc_tui.config.files import write_private
from soc_tui.config.paths import data_dir
from soc_tui.model.errors import ConfigError

OSC52_BYTES = 74_994
"""xterm takes 100,000 bytes of base64 in one sequence, which is so many bytes of text."""


async def copy(app: App[Any], text: str) -> None:
    """Put `text` on the clipboard and into `copied.txt` in the data folder; report what was done.

    OSC 52 has no reply, and tmux and screen may block it, so the file is always written.
    """
    data = text.encode("utf-8", "backslashreplace")
    path = data_dir() / "copied.txt"
    try:
        await asyncio.to_thread(write_private, path, data)
        kept = f" Also in {path}."
    except ConfigError as error:
        kept = f" {error.what}"
    if len(data) <= OSC52_BYTES:
        app.copy_to_clipboard(text)
        app.notify(f"Copied {len(data):,} bytes to the clipboard.{kept}", markup=False)
    else:
        app.notify(
            f"{len(data):,} bytes are too much for the terminal's clipboard.{kept}",
            severity="warning",
            markup=False,
        )
