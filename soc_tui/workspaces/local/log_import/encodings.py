"""Text of any encoding as UTF-8."""

from __future__ import annotations

import codecs
from pathlib import Path

from soc_tui.workspaces.local.log_import.text_files import bad_file

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 1 << 20
_HEAD = 1 << 16


def unmarked_utf16(head: bytes) -> str:
    """The UTF-16 that text without a byte order mark is in, told by its zeros; empty if it is not.

    Args:
        head: The first bytes of the file.
    """
    zeros = (head[0::2].count(0), head[1::2].count(0))
    half = max(1, len(head) // 2)
    if zeros[1] > 0.7 * half and zeros[0] < 0.1 * half:
        return "utf-16-le"
    if zeros[0] > 0.7 * half and zeros[1] < 0.1 * half:
        return "utf-16-be"
    return ""


def as_utf8(path: Path, into: Path) -> tuple[Path, tuple[str, ...]]:
    """A file with the same text in plain UTF-8, `path` itself or a copy made at `into`; and notes.

    Raises:
        FileImportError: empty, unreadable, binary, or in no encoding that can be told.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
        if not head.strip():
            raise bad_file(path, "the file is empty.", line=1, column=1)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                _transcode(path, encoding, into)
                named = encoding.upper().removesuffix("-SIG")
                return into, (() if named == "UTF-8" else (f"{path.name} was read as {named}",))
        if encoding := unmarked_utf16(head):
            _transcode(path, encoding, into)
            return into, (f"{path.name} was read as {encoding.upper()}",)
        if b"\0" in head and not _is_mostly_text(head):
            place = head.index(b"\0")
            raise bad_file(
                path,
                "this is not text.",
                "Import CSV, JSON, JSONL, Parquet, EVTX or XML; save text as UTF-8.",
                line=head.count(b"\n", 0, place) + 1,
                column=place - head.rfind(b"\n", 0, place),
            )
        return _whole(path, into)
    except OSError as error:
        raise bad_file(path, f"it cannot be read ({type(error).__name__}).") from error


def _is_mostly_text(head: bytes) -> bool:
    odd = sum(head.count(bytes([code])) for code in (*range(9), *range(14, 27), *range(28, 32)))
    return odd <= max(1, len(head) // 1000)


def _whole(path: Path, into: Path) -> tuple[Path, tuple[str, ...]]:
    """UTF-8 as it is; with broken bytes replaced; or Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        pass
    else:
        return path, ()
    line, column = undecodable_place(path) or (1, 1)
    if _well_made(path):
        _transcode(path, "utf-8", into, errors="replace")
        place = f"line {line}, column {column}"
        return into, (
            f"{path.name} has bytes that are not UTF-8 (the first in {place}); shown as �",
        )
    try:
        _transcode(path, "cp1252", into)
    except UnicodeError:
        step = "Save it as UTF-8."
        raise bad_file(path, "this is not UTF-8 text.", step, line=line, column=column) from None
    return into, (f"{path.name} is not UTF-8 (line {line}, column {column}); read as Windows-1252",)


def _well_made(path: Path) -> bool:
    """Whether most of what is beyond ASCII is well-formed UTF-8."""
    good = bad = 0
    with path.open("rb") as stream:
        for line in stream:
            if line.isascii():
                continue
            text = line.decode("utf-8", "replace")
            bad += text.count("�")
            good += sum(char > "\x7f" for char in text) - text.count("�")
    return good > bad


def _transcode(path: Path, encoding: str, into: Path, errors: str = "strict") -> None:
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    with path.open("rb") as source, into.open("w", encoding="utf-8", newline="") as target:
        while True:
            chunk = source.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                if encoding == "cp1252":
                    raise
                raise bad_file(path, f"this is not valid {encoding.upper()}.", line=line) from error
            target.write(text)
            line += text.count("\n")
            if not chunk:
                return


def undecodable_place(path: Path) -> tuple[int, int] | None:
    """1-based line and column (bytes) of the first byte that is not UTF-8, or None."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, error.start + 1
    return None
