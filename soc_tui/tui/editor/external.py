"""Edits the query in the analyst's own editor."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from soc_tui.config.temporaries import owned_folder
from soc_tui.files.query_files import LONGEST_BYTES
from soc_tui.model.child_environment import without_keys
from soc_tui.model.errors import SocError

_FALLBACKS = ("sensible-editor", "nano", "vim", "vi", "notepad")


def editor_command(environ: Mapping[str, str]) -> list[str]:
    """The editor as $VISUAL or $EDITOR name it, else one that is installed. Raises SocError."""
    for name in ("VISUAL", "EDITOR"):
        if value := environ.get(name, "").strip():
            try:
                return shlex.split(value, posix=os.name == "posix")
            except ValueError as error:
                raise SocError(
                    "The editor could not be started.",
                    f"${name} cannot be read: {error}.",
                    f"Set ${name} to an editor command, for example vim.",
                ) from error
    for command in _FALLBACKS:
        if found := shutil.which(command):
            return [found]
    raise SocError("No editor is set.", "", "Set $EDITOR, for example to vim.")


def edited(kql: str, command: list[str]) -> str:
    """The text as the editor left it. Waits for the editor; its file is private and removed after.

    Raises:
        SocError: the editor could not be started, failed, or left no text; nothing is changed.
    """
    with owned_folder("soc-tui-") as folder:  # swap files of the editor too
        path = folder / "query.kql"
        path.touch(0o600)
        path.write_bytes((kql + "\n").encode(errors="backslashreplace"))
        try:
            with _uninterrupted():
                done = subprocess.run(  # noqa: S603 - their choice
                    [*command, str(path)], env=without_keys(os.environ), check=False
                )
        except OSError as error:
            raise _failed(command, error.strerror or str(error)) from error
        if done.returncode:
            raise _failed(command, f"it exited with code {done.returncode}")
        return _read(path, command)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Ctrl+C is for the editor; it reaches all programs of the terminal."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # A function, not SIG_IGN, which the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _read(path: Path, command: list[str]) -> str:
    try:
        if path.stat().st_size > LONGEST_BYTES:
            raise _failed(command, f"it saved over {LONGEST_BYTES:,} bytes")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise _failed(command, error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise _failed(command, "it saved text that is not UTF-8") from error
    return text.removesuffix("\n").removesuffix("\r")


def _failed(command: list[str], why: str) -> SocError:
    return SocError(
        "The editor did not change the query.",
        f"{command[0]}: {why}.",
        "Set $VISUAL or $EDITOR to an editor that runs in this terminal.",
    )
