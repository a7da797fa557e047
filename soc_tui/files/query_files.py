"""Query files: reads what any editor wrote, writes for the owner only."""

from __future__ import annotations

import codecs
import os
from pathlib import Path
from typing import NamedTuple

from soc_tui.config.files import write_private
from soc_tui.config.paths import data_dir
from soc_tui.model.errors import RefusedError, SocError

LONGEST_BYTES = 1 << 20
SUFFIX = ".kql"
QUERY_SUFFIXES = (SUFFIX, ".csl", ".kusto", ".txt")

_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def queries_dir() -> Path:
    """Folder that queries are saved to unless another is named."""
    return data_dir() / "queries"


def read_query(path: Path) -> str:
    """The query in a file. Raises SocError when it cannot be read or is no text."""
    try:
        with path.open("rb") as file:
            data = file.read(LONGEST_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SocError("The query cannot be read.", f"{path}: {why}.", "Check the name.") from error
    return decoded_query(data, str(path))


def decoded_query(data: bytes, where: str) -> str:
    """The query in these bytes: UTF-8, or UTF-16 with its mark. Raises SocError."""
    if len(data) > LONGEST_BYTES:
        raise RefusedError(
            "The query was refused.", f"{where} has over {LONGEST_BYTES:,} bytes.", "Shorten it."
        )
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    try:
        kql = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise SocError(
            "The query cannot be read.", f"{where} is not UTF-8 text.", "Save it as UTF-8."
        ) from error
    if not kql.strip():
        raise SocError("No query to run.", f"{where} is empty.", "Write KQL into it.")
    return kql


def write_query(path: Path, kql: str) -> None:
    """Write the query, UTF-8 with a line end, mode 0600, whole or not at all. Raises SocError."""
    write_private(path, (kql.rstrip("\n") + "\n").encode(errors="backslashreplace"))


class Entry(NamedTuple):
    """A folder or a file."""

    path: Path
    folder: bool


def path_of(typed: str) -> Path:
    """The path that was typed; `~` is a home where there is one."""
    try:
        return Path(typed).expanduser()
    except RuntimeError:  # no such home
        return Path(typed)


def listed(typed: str, suffixes: tuple[str, ...], limit: int = 200) -> list[Entry]:
    """Folders, then files with such names, that a path that is being typed can become."""
    folder, _, begun = typed.replace(os.sep, "/").rpartition("/")
    place = path_of(f"{folder}/") if folder or typed.startswith("/") else Path()
    try:
        found = [
            Entry(path, path.is_dir())
            for path in place.iterdir()
            if path.name.startswith(begun)
            and (begun.startswith(".") or not path.name.startswith("."))
        ]
    except (OSError, ValueError):
        return []  # no such folder yet: there is nothing to choose from
    shown = [entry for entry in found if entry.folder or entry.path.name.lower().endswith(suffixes)]
    return sorted(shown, key=lambda entry: (not entry.folder, entry.path.name))[:limit]
