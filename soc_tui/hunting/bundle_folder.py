"""Where the bundles of hunts are kept: one file each, for the owner only. Blocks."""

from __future__ import annotations

import re
from pathlib import Path

from soc_tui.config.files import write_private
from soc_tui.history.bundle_file import Bundle, pack, unpack
from soc_tui.model.errors import HistoryError

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


class BundleFolder:
    """Bundles by the id of their hunt.

    Args:
        folder: Made 0700 by the first bundle, not before.
        max_mb: Most MiB of one bundle; a larger one is kept without its rows.
    """

    def __init__(self, folder: Path, max_mb: float) -> None:
        self.folder = folder
        self._max_bytes = int(max_mb * (1 << 20))

    def save(self, bundle: Bundle) -> None:
        """Keep this state of a hunt in place of an earlier one.

        Raises:
            HistoryError: too large also without its rows.
            ConfigError: the file cannot be written.
        """
        write_private(self._path(bundle.hunt.id), pack(bundle, self._max_bytes))

    def copy(self, bundle: Bundle, target: Path) -> None:
        """Write it to a file of the human's choice, whole, whatever its size. Raises as `save`."""
        write_private(target, pack(bundle, 1 << 40))

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
                "Check the rights on its folder.",
            ) from error

    def _path(self, hunt_id: str) -> Path:
        if not _ID.fullmatch(hunt_id):
            raise HistoryError("This hunt has an id that no file can have.")
        return self.folder / f"{hunt_id}.zip"
