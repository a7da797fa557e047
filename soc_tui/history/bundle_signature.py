"""Signs the parts of a bundle with Ed25519 (RFC 8032), and says who signed it and whether it holds.

What is signed are the unpacked bytes of every part but the signature, each with its name and
length, so that none can be changed, renamed, added or left out. How the zip packs them is not: no
reader of a bundle looks at more than the parts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SIGNATURE = "signature.json"
"""Name of the part with the signature."""
_PURPOSE = b"soc-tui bundle, signature 1\n"  # the key signs nothing else under these words
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


class Origin(StrEnum):
    """Who made a bundle, as far as its signature shows."""

    HERE = "made here"
    ELSEWHERE = "made elsewhere"
    UNSIGNED = "unsigned"
    CHANGED = "changed since it was signed"


@dataclass(frozen=True, slots=True)
class Seal:
    """The signature that a bundle carries.

    Attributes:
        key: Public key, hexadecimal; empty where none can be read.
        holds: The bundle is what was signed with that key.
    """

    key: str
    holds: bool

    @property
    def fingerprint(self) -> str:
        """Of the key, for two people to compare: `3F2A 90C1 ...`; empty without a key."""
        digest = hashlib.sha256(bytes.fromhex(self.key)).hexdigest()[:32].upper()
        return " ".join(digest[at : at + 4] for at in range(0, 32, 4)) if self.key else ""

    def origin(self, own_key: str) -> Origin:
        """Who made it, to the owner of this public key (hexadecimal)."""
        if not self.holds:
            return Origin.CHANGED
        return Origin.HERE if self.key == own_key else Origin.ELSEWHERE


def sign(parts: Mapping[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """The part that signs all of these."""
    signed = {
        "algorithm": "Ed25519",
        "key": public_text(key),
        "signature": key.sign(_message(parts)).hex(),
    }
    return json.dumps(signed, indent=1).encode()


def seal_of(parts: Mapping[str, bytes]) -> Seal | None:
    """The seal of all parts of a bundle; None when it has no signature."""
    if SIGNATURE not in parts:
        return None
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    found = _read(parts[SIGNATURE])
    if found is None:
        return Seal("", holds=False)
    key, signature = found
    rest = {name: data for name, data in parts.items() if name != SIGNATURE}
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _message(rest))
    except (InvalidSignature, ValueError):
        return Seal(key.hex(), holds=False)
    return Seal(key.hex(), holds=True)


def public_text(key: Ed25519PrivateKey) -> str:
    """The public key of a private one, hexadecimal."""
    return key.public_key().public_bytes_raw().hex()


def _read(data: bytes) -> tuple[bytes, bytes] | None:
    """Public key and signature; None for what is no signature of ours."""
    try:
        told = json.loads(data)
        key, signature = bytes.fromhex(told["key"]), bytes.fromhex(told["signature"])
        known = told["algorithm"] == "Ed25519"
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
    right = (len(key), len(signature)) == (_KEY_BYTES, _SIGNATURE_BYTES)
    return (key, signature) if known and right else None


def _message(parts: Mapping[str, bytes]) -> bytes:
    lines = (
        f"{name} {len(parts[name])} {hashlib.sha256(parts[name]).hexdigest()}\n"
        for name in sorted(parts)
    )
    return _PURPOSE + "".join(lines).encode()
