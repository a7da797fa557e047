"""The folder of hunt bundles: one file each, for the owner only. Blocks."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from soc_tui.config.files import write_private
from soc_tui.history.bundle_file import Bundle, pack, unpack
from soc_tui.history.bundle_signature import Origin, public_text
from soc_tui.model.errors import HistoryError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_MIB = 1 << 20
_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class BundleFolder:
    """Bundles by the id of their hunt.

    Args:
        folder: Made 0700 by the first bundle, not before.
        max_mb: Most MiB of one bundle; a larger one is kept without its rows.
        max_total_mb: Most MiB of all; the ones written longest ago go first.
        key: Gives the key that signs what is written; without it nothing is signed.
    """

    def __init__(
        self,
        folder: Path,
        max_mb: float,
        max_total_mb: float = math.inf,
        key: Callable[[], Ed25519PrivateKey] | None = None,
    ) -> None:
        self.folder = folder
        self._max_bytes = int(max_mb * _MIB)
        self._max_total_bytes = max_total_mb * _MIB
        self._key = key

    def save(self, bundle: Bundle) -> None:
        """Keep this state of a hunt in place of an earlier one; make room by deleting old ones.

        Raises:
            HistoryError: too large also without its rows.
            ConfigError: the file cannot be written.
        """
        path = self._path(bundle.hunt.id)
        write_private(path, pack(bundle, self._max_bytes, self._key() if self._key else None))
        self._make_room(path)

    def copy(self, bundle: Bundle, target: Path) -> None:
        """Write it in full to a file the user chose, whatever its size. Raises as `save`.

        It is signed only if it was read from a bundle that this installation had signed.
        """
        ours = self._key and self.origin(bundle) is Origin.HERE
        write_private(target, pack(bundle, 1 << 40, self._key() if self._key and ours else None))

    def origin(self, bundle: Bundle) -> Origin:
        """Who made a bundle that was loaded. ConfigError: this installation's key is unreadable."""
        if bundle.seal is None:
            return Origin.UNSIGNED
        return bundle.seal.origin(public_text(self._key()) if self._key else "")

    def load(self, hunt_id: str) -> Bundle | None:
        """The bundle of a hunt, or None when there is none. HistoryError if it is damaged."""
        path = self._path(hunt_id)
        return unpack(path) if path.exists() else None

    def delete(self, hunt_id: str) -> None:
        """Delete the bundle of a hunt, if there is one. HistoryError if it cannot be."""
        path = self._path(hunt_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise HistoryError(
                f"{path} could not be deleted.",
                f"{error.strerror or error}.",
                "Check the permissions of its folder.",
            ) from error

    def _make_room(self, newest: Path) -> None:
        if math.isinf(self._max_total_bytes):
            return
        kept = sorted(_dated(self.folder), reverse=True)
        left = self._max_total_bytes
        for _, size, path in kept:
            left -= size
            if left < 0 and path != newest:
                # Another process may have it open (Windows) or have been faster: the next one will.
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def _path(self, hunt_id: str) -> Path:
        if not _ID.fullmatch(hunt_id):
            raise HistoryError("The id of this hunt cannot be used as a file name.")
        return self.folder / f"{hunt_id}.zip"


def _dated(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each bundle was written (seconds since 1970), its bytes and its path."""
    for path in folder.glob("*.zip"):
        with contextlib.suppress(FileNotFoundError):  # deleted by another process meanwhile
            found = path.stat()
            yield found.st_mtime, found.st_size, path
