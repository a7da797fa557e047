"""The secret that pseudonyms are made with: one for an installation, made at the first use."""

from __future__ import annotations

import secrets
from pathlib import Path

from soc_tui.config.files import write_private
from soc_tui.config.paths import config_dir
from soc_tui.model.errors import ConfigError

_BYTES = 32


def pseudonym_key(path: Path | None = None) -> bytes:
    """The key in its file (0600). Without the file all names have other pseudonyms. Blocks.

    Raises:
        ConfigError: it can neither be read nor made, or the file holds something else.
    """
    path = path or config_dir() / "pseudonyms.key"
    try:
        if not path.exists():
            write_private(path, secrets.token_hex(_BYTES).encode())
        key = bytes.fromhex(path.read_text("ascii"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"The key of the pseudonyms, {path}, cannot be read.",
            f"{getattr(error, 'strerror', None) or error}.",
            "Delete the file: a new key is made, and names get other pseudonyms.",
        ) from error
    if len(key) != _BYTES:
        raise ConfigError(
            f"The key of the pseudonyms, {path}, is damaged.",
            "",
            "Delete the file: a new key is made, and names get other pseudonyms.",
        )
    return key
