"""The key that this installation signs bundles with: made once, for the owner only. Blocks."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.config.paths import config_dir
from soc_tui.config.temporaries import owned_file
from soc_tui.model.errors import ConfigError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILE_NAME = "signing.key"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def signing_key() -> Ed25519PrivateKey:
    """The key of the config folder, made there (0600) when there is none.

    Raises:
        ConfigError: it cannot be read or written, others may read it, or it is no key.
    """
    path = config_dir() / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        if os.name == "posix" and path.stat().st_mode & _OTHERS:
            raise ConfigError(
                f"{path} can be read by others.",
                "Whoever has it can sign bundles as this installation.",
                "Delete it, and the next hunt makes a new one; or make it yours alone (chmod 600).",
            )
        data = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read or made.",
            f"{error.strerror or error}.",
            "Check the folder's permissions and free space.",
        ) from error
    return _key(data, path)


def public_key() -> str:
    """The public key of this installation, hexadecimal; empty as long as it has signed nothing.

    Raises:
        ConfigError: as `signing_key`.
    """
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    if not (config_dir() / FILE_NAME).exists():
        return ""
    return signing_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _make(path: Path) -> None:
    """Write a new key whole or not at all, never over one that another process made meanwhile."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    handle, name = owned_file(path)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
            if os.name == "posix":
                with contextlib.suppress(FileExistsError):
                    os.link(name, path)
        if os.name != "posix":
            with contextlib.suppress(FileExistsError):
                name.rename(path)  # fails on Windows where there is one
    finally:
        name.unlink(missing_ok=True)


def _key(data: bytes, path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    found: object = None
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        found = load_pem_private_key(data, password=None)
    if isinstance(found, Ed25519PrivateKey):
        return found
    raise ConfigError(
        f"{path} is not an Ed25519 key.",
        "It was damaged or replaced.",
        "Delete it, and the next hunt makes a new one: older bundles are then made elsewhere.",
    )
