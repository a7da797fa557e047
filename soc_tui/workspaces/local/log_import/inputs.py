"""The files that are meant by what was named: folders, archives and standard input opened up."""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import sys
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from soc_tui.model.errors import FileImportError
from soc_tui.model.inert import inert
from soc_tui.workspaces.local.log_import.file_kinds import STEP, FileKind, kind_of
from soc_tui.workspaces.local.log_import.text_files import bad_file, no_file

STANDARD_INPUT = Path("-")
_DEEPEST = 4
_MOST_TIMES, _ALWAYS = 250, 1 << 30
"""An archive may unpack to so many times its size, or so many bytes: logs seldom shrink to 1 %."""
_PIECE = 1 << 20
Unpacking = Callable[[str, int], None]
"""Told so many bytes of a file are unpacked."""
_PACKED_SUFFIXES = (".gz", ".zst", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file to read.

    Attributes:
        path: What is read; it may be an unpacked copy.
        origin: What was named.
        one_of_many: It was found in a folder or archive: the import goes on without it when it
            cannot be read.
    """

    path: Path
    kind: FileKind
    origin: Path
    one_of_many: bool = False


@dataclass(slots=True)
class Opened:
    """What was opened up.

    Attributes:
        notes: What was passed over, and why.
    """

    files: list[LogFile]
    notes: list[str]


def open_up(
    named: Iterable[Path], folder: Path, told: Unpacking = lambda name, size: None
) -> Opened:
    """The files to read.

    Args:
        named: Files, folders, archives, or `-` for standard input.
        folder: Private folder for unpacked copies.
        told: Called with the bytes of a file that are unpacked; it may raise.

    Raises:
        FileImportError: a file that is not there or cannot be read, or none of a kind that is
            imported.
    """
    opened = Opened([], [])
    seen: set[Path] = set()
    for one_named in named:
        path = _standard_input(folder) if one_named == STANDARD_INPUT else one_named
        if not path.is_dir() and not path.is_file():
            raise no_file(path)
        before, notes = len(opened.files), len(opened.notes)
        for one, many in _inside(path):
            if (real := one.resolve()) not in seen:
                seen.add(real)
                _open(one, path, folder, opened, told, many=many)
        if len(opened.files) == before and not seen & {path.resolve()}:
            what = "it holds no files." if path.is_dir() else "it holds no logs."
            why = "; ".join(opened.notes[notes : notes + 3])
            raise bad_file(path, what + (f" {why}." if why else ""), STEP)
        if len(opened.files) == before and len(opened.notes) > notes:
            raise bad_file(path, f"it holds no logs. {opened.notes[notes]}.", STEP)
    return opened


def _inside(path: Path) -> Iterator[tuple[Path, bool]]:
    if not path.is_dir():
        yield path, False
        return
    for one in sorted(path.rglob("*")):
        hidden = any(part.startswith(".") for part in one.relative_to(path).parts)
        if one.is_file() and not hidden:
            yield one, True


def _standard_input(folder: Path) -> Path:
    path = folder / "stdin"
    with path.open("wb") as target:
        shutil.copyfileobj(sys.stdin.buffer, target)
    return path


def _open(
    path: Path,
    origin: Path,
    folder: Path,
    opened: Opened,
    told: Unpacking,
    *,
    many: bool,
    depth: int = 0,
) -> None:
    try:
        kind = kind_of(path)
        if kind is not FileKind.ARCHIVE:
            opened.files.append(LogFile(path, kind, origin, many))
            return
        if depth == _DEEPEST:
            raise bad_file(path, "archives stand too deep in one another.", "Unpack it.")
        place = Path(tempfile.mkdtemp(prefix="unpacked_", dir=folder))
        for one, several in unpack(path, place, told):
            _open(one, origin, folder, opened, told, many=many or several, depth=depth + 1)
    except FileImportError as error:
        if not many:
            raise
        opened.notes.append(f"left out: {error.what}")


def unpack(
    path: Path, place: Path, told: Unpacking = lambda name, size: None
) -> Iterator[tuple[Path, bool]]:
    """The files of an archive, unpacked into `place`, and whether it may hold several.

    Raises:
        FileImportError: damaged, cut short, encrypted, or a workbook.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if head.startswith(b"PK"):
            yield from _unzip(path, _Unpacked(path, place, told))
        elif head.startswith(b"7z"):
            yield from _seven(path, place)
        elif tarfile.is_tarfile(path):
            yield from _untar(path, _Unpacked(path, place, told))
        else:
            yield _single(path, head, place, _Unpacked(path, place, told)), False
    except (EOFError, zlib.error, OSError, lzma.LZMAError, tarfile.TarError) as error:
        cut = isinstance(error, EOFError) or "unexpected end" in str(error).casefold()
        what = "it cannot be read: it is cut short" if cut else "it cannot be read"
        step = "Copy or download it again."
        raise bad_file(path, f"{what} ({type(error).__name__}).", step) from error


def _single(path: Path, head: bytes, place: Path, unpacked: _Unpacked) -> Path:
    name = path.name
    for suffix in _PACKED_SUFFIXES:
        if name.casefold().endswith(suffix):
            name = name[: -len(suffix)]
    into = place / (name or "unpacked")
    with _unpacking(path, head) as source:
        unpacked.copy(source, into)
    return into


class _Unpacked:
    """What an archive unpacks to, and how much it may be."""

    def __init__(self, path: Path, place: Path, told: Unpacking) -> None:
        self._path = path
        self._place = place
        self._told = told
        self._left = _most_bytes(path)
        self._count = 0

    def copy(self, source: IO[bytes], into: Path) -> None:
        """Unpack into a file. FileImportError: it is too much."""
        size = 0
        with into.open("wb") as target:
            while piece := source.read(_PIECE):
                size += len(piece)
                self._told(into.name, size)
                self._left -= len(piece)
                if self._left < 0:
                    raise _too_much(self._path)
                target.write(piece)

    def member(self, name: str, source: IO[bytes]) -> Iterator[Path]:
        """A member under its own last name, in a folder of its own: paths in archives lie."""
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or parts[-1].startswith(".") or "__MACOSX" in parts:
            return
        into = self._place / str(self._count) / inert(parts[-1], 150).replace("/", "_")
        self._count += 1
        into.parent.mkdir()
        with source:
            self.copy(source, into)
        yield into


def _most_bytes(path: Path) -> int:
    return max(_ALWAYS, _MOST_TIMES * path.stat().st_size)


def _too_much(path: Path) -> FileImportError:
    return bad_file(
        path,
        f"it unpacks to more than {_MOST_TIMES} times its size.",
        "If that is right, unpack it yourself and import the files.",
    )


def _unpacking(path: Path, head: bytes) -> Any:
    if head.startswith(b"\x1f\x8b"):
        return gzip.open(path, "rb")
    if head.startswith(b"BZh"):
        return bz2.open(path, "rb")
    if head.startswith(b"\xfd7zXZ"):
        return lzma.open(path, "rb")
    import pyarrow as pa

    return pa.input_stream(str(path), compression="zstd")


def _unzip(path: Path, unpacked: _Unpacked) -> Iterator[tuple[Path, bool]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [one for one in archive.infolist() if not one.is_dir()]
            if any(one.filename in ("xl/workbook.xml", "word/document.xml") for one in members):
                raise bad_file(path, "this kind of file is an Office document.", "Save it as CSV.")
            for member in members:
                if member.flag_bits & 1:
                    raise bad_file(path, "the archive is encrypted.", "Unpack it first.")
                for one in unpacked.member(member.filename, archive.open(member)):
                    yield one, len(members) > 1
    except (zipfile.BadZipFile, NotImplementedError) as error:
        what = "this kind of file cannot be read: it is a damaged zip archive."
        raise bad_file(path, what, "Copy or download it again.") from error


def _untar(path: Path, unpacked: _Unpacked) -> Iterator[tuple[Path, bool]]:
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and (stream := archive.extractfile(member)) is not None:
                for one in unpacked.member(member.name, stream):
                    yield one, True


def _seven(path: Path, place: Path) -> Iterator[tuple[Path, bool]]:
    import py7zr
    from py7zr.exceptions import ArchiveError

    try:
        with py7zr.SevenZipFile(path) as archive:
            if archive.needs_password():
                raise bad_file(path, "the archive is encrypted.", "Unpack it first.")
            if archive.archiveinfo().uncompressed > _most_bytes(path):
                raise _too_much(path)
            archive.extractall(place)  # noqa: S202 - py7zr keeps paths inside of `place`
    except (ArchiveError, ValueError) as error:
        what = f"the archive cannot be read ({type(error).__name__})."
        raise bad_file(path, what, "Copy or download it again.") from error
    found = [one for one in sorted(place.rglob("*")) if one.is_file() and not one.is_symlink()]
    for one in found:
        yield one, len(found) > 1
