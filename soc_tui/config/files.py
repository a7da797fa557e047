"""Writes files atomically, readable by the owner only."""

import os
from pathlib import Path

from soc_tui.config.temporaries import owned_file, sweep_files
from soc_tui.model.errors import ConfigError


def write_private(path: Path, data: bytes) -> None:
    """Replace the file at `path` by `data` in one step, mode 0600; its folder is made 0700.

    Raises:
        ConfigError: the file cannot be written; an old one stays as it was.
    """
    try:
        if path.exists() and not path.is_file():
            # What is written whole takes the place of what is there: never of a device or folder.
            raise ConfigError(f"{path} is not a file.", "", "Enter a file name.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep_files(path.parent, path.name)
        handle, name = owned_file(path)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                if os.name != "nt":  # where an open file cannot be renamed
                    name.replace(path)
            if os.name == "nt":
                name.replace(path)
        except BaseException:
            name.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(
            f"{path} could not be written.",
            f"{error.strerror or error}.",
            "Check the folder's permissions and free space, or set SOC_TUI_HOME to another folder.",
        ) from error
