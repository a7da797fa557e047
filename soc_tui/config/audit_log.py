"""The audit log: who ran, sent and exported what; each line holds the hash of the one before it.

Lines are JSON objects in audit.jsonl (0600), written whole at its end under a lock. A file over
`MOST_BYTES` is renamed to audit-NNNN.jsonl, and the chain goes on in a new one. Whoever can write
the files can also write a new chain, or cut off its end: keep the last hash that `verify` tells
elsewhere to see that.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import getpass
import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from soc_tui.config.paths import data_dir
from soc_tui.model.errors import ConfigError

FILE_NAME = "audit.jsonl"
MOST_BYTES = 8 * 2**20
"""A file that is larger gets no more lines."""

_BEGIN = "0" * 64
_TAIL_BYTES = 2**20
_MOST_TEXT = 20_000


@dataclass(frozen=True, slots=True)
class Verified:
    """What `verify` found.

    Attributes:
        entries: Lines that hold, from the first.
        last: Hash of the last of them; 64 zeros when there is none.
        broken: File and line, 1-based, of the first that does not hold, and why; else empty.
    """

    entries: int
    last: str
    broken: str = ""


def record(what: str, details: Mapping[str, Any], folder: Path | None = None) -> None:
    """Add a line. Blocks for a moment; for any thread or process.

    Args:
        what: "query", "sent", "export", "settings" …

    Raises:
        ConfigError: it cannot be written.
    """
    path = (folder or data_dir()) / FILE_NAME
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _locked(path.with_suffix(".lock")):
            last = _last_hash(path) or _last_of_rotated(path.parent) or _BEGIN
            entry = {
                "at": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
                "who": _who(),
                "host": socket.gethostname(),
                "what": what,
                **{name: _kept(value) for name, value in details.items()},
                "before": last,
            }
            line = json.dumps({**entry, "hash": _hash(entry)}, ensure_ascii=False) + "\n"
            handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                data = line.encode("utf-8", "backslashreplace")
                if os.write(handle, data) != len(data):
                    raise OSError("it was written in part only")
            finally:
                os.close(handle)
            if path.stat().st_size > MOST_BYTES:
                path.rename(path.with_name(f"audit-{len(_rotated(path.parent)) + 1:04d}.jsonl"))
    except OSError as error:
        raise ConfigError(
            f"The audit log {path} cannot be written.",
            f"{error.strerror or error}.",
            "Check the folder's permissions and free space.",
        ) from error


def lines(folder: Path | None = None) -> Iterator[tuple[str, str]]:
    """File and line number as text, and the line; oldest first. Raises ConfigError."""
    place = folder or data_dir()
    for path in (*_rotated(place), place / FILE_NAME):
        try:
            with path.open(encoding="utf-8", errors="replace") as file:
                for number, line in enumerate(file, 1):
                    yield f"{path.name} line {number}", line.rstrip("\n")
        except FileNotFoundError:
            continue
        except OSError as error:
            raise ConfigError(f"{path} cannot be read.", f"{error.strerror or error}.") from error


def verify(folder: Path | None = None) -> Verified:
    """Follow the chain from its first line. Raises ConfigError: a file cannot be read."""
    count, last = 0, _BEGIN
    for where, line in lines(folder):
        try:
            entry = json.loads(line)
            said = entry.pop("hash")
        except (ValueError, LookupError, AttributeError, TypeError, RecursionError):
            return Verified(count, last, f"{where}: it is no entry")
        if entry.get("before") != last:
            return Verified(count, last, f"{where}: a line before it is missing or was changed")
        if said != _hash(entry):
            return Verified(count, last, f"{where}: the line was changed")
        count, last = count + 1, said
    return Verified(count, last)


def _hash(entry: Mapping[str, Any]) -> str:
    text = json.dumps(entry, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _kept(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _MOST_TEXT else f"{value[:_MOST_TEXT]}…"
    if value is None or isinstance(value, bool | int | float):
        return value
    return [_kept(one) for one in value] if isinstance(value, list | tuple) else str(value)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return str(os.getuid()) if hasattr(os, "getuid") else ""


def _rotated(folder: Path) -> list[Path]:
    return sorted(folder.glob("audit-[0-9][0-9][0-9][0-9].jsonl"))


def _last_of_rotated(folder: Path) -> str:
    files = _rotated(folder)
    return _last_hash(files[-1]) if files else ""


def _last_hash(path: Path) -> str:
    """Of the last line; of one that cannot be read the hash of its bytes, so that it is told."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except FileNotFoundError:
        return ""
    if not tail:
        return ""
    last = tail.rstrip(b"\n").rsplit(b"\n", 1)[-1]
    try:
        return str(json.loads(last)["hash"])
    except (ValueError, LookupError, TypeError):
        return hashlib.sha256(last).hexdigest()


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Alone among all processes; the lock goes with its holder."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        _lock(file)
        yield


def _lock(file: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
    else:
        fcntl.flock(file, fcntl.LOCK_EX)
