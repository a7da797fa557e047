"""Temporary files and folders with a lock that ends with the process, and a sweep of the others.

What they hold may be rows. A process that is killed leaves them behind; the next start deletes
those whose process is gone, and never those of one that still runs: their lock is held. Windows
deletes no open file, which is the same.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_OWNER = ".owner"
_UNOWNED_SECONDS = 86_400
"""A folder without a lock is one of an older version, which may still run, or was just made."""
_FILE = re.compile(r"\..+\.[a-z0-9_]{8}", re.DOTALL)


def owned_file(beside: Path) -> tuple[int, Path]:
    """An open file of ours (0600) that may take the place of `beside`. Raises OSError."""
    prefix = f".{beside.name}."
    while True:
        handle, name = tempfile.mkstemp(dir=beside.parent, prefix=prefix)
        _lock(handle)
        if os.path.exists(name):  # noqa: PTH110 - text as it came
            return handle, Path(name)
        os.close(handle)  # swept away by another process before it was locked


@contextlib.contextmanager
def owned_folder(prefix: str, parent: Path | None = None) -> Iterator[Path]:
    """A folder of ours (0700), deleted at the end. Raises OSError.

    Args:
        parent: Where it is made; None for the system's folder of temporary files.
    """
    with tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        owner = os.open(folder / _OWNER, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(owner)
            yield folder
        finally:
            os.close(owner)


def sweep_files(folder: Path, of: str = "") -> int:
    """Delete the files in a folder whose process is gone; how many.

    Args:
        of: Only those that would have taken the place of the file of that name.
    """
    swept = 0
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            is_ours = path.name.startswith(f".{of}.") if of else True
            if is_ours and _FILE.fullmatch(path.name) and path.is_file():
                swept += _deleted_file(path)
    return swept


def sweep_folders(parent: Path, prefixes: Iterable[str]) -> int:
    """Delete the folders there whose process is gone; how many."""
    swept = 0
    begin = tuple(prefixes)
    with contextlib.suppress(OSError):
        for path in parent.iterdir():
            if path.name.startswith(begin) and path.is_dir() and not path.is_symlink():
                swept += _deleted_folder(path)
    return swept


def _lock(handle: int) -> None:
    """Where no lock can be kept, nothing can be taken for ours either, and nothing is swept."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _deleted_file(path: Path) -> bool:
    with contextlib.suppress(OSError), _abandoned(path) as abandoned:
        if abandoned:
            path.unlink(missing_ok=True)
            return True
    return False


def _deleted_folder(path: Path) -> bool:
    with contextlib.suppress(OSError):
        owner = path / _OWNER
        if not owner.exists():
            abandoned = time.time() - path.stat().st_mtime > _UNOWNED_SECONDS
        else:
            with _abandoned(owner) as gone:
                abandoned = gone
        if abandoned:
            shutil.rmtree(path, ignore_errors=True)
            return not path.exists()
    return False


@contextlib.contextmanager
def _abandoned(path: Path) -> Iterator[bool]:
    """Whether nobody holds its lock; it is held meanwhile. Raises OSError."""
    if fcntl is None:
        yield True
        return
    handle = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
