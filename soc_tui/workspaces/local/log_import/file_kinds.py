"""What kind of file it is, told by its bytes: names of exports lie or are missing."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from pathlib import Path

from soc_tui.workspaces.local.log_import.encodings import unmarked_utf16
from soc_tui.workspaces.local.log_import.text_files import bad_file

_HEAD = 1 << 16
KINDS_IN_WORDS = "CSV, TSV, JSON, JSONL, Parquet, EVTX, XML, syslog, CEF, LEEF, Zeek, auditd, IIS"
STEP = f"Import {KINDS_IN_WORDS}; also in .zip, .7z, .tar, .gz, .zst."


class FileKind(StrEnum):
    """How a file is read."""

    ARCHIVE = "archive"
    AUDITD = "auditd"
    CSV = "csv"
    EVENT_XML = "event xml"
    EVTX = "evtx"
    JSON = "json"
    LINES = "lines"
    PARQUET = "parquet"
    W3C = "w3c"
    ZEEK = "zeek"


_PACKED = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"7z\xbc\xaf\x27\x1c",
    b"\x28\xb5\x2f\xfd",
    b"BZh",
    b"\xfd7zXZ\x00",
)
_OTHERS = (
    (b"\xd4\xc3\xb2\xa1", "packet capture", "Run `zeek -r` on it and import the logs."),
    (b"\xa1\xb2\xc3\xd4", "packet capture", "Run `zeek -r` on it and import the logs."),
    (b"\x0a\x0d\x0d\x0a", "packet capture", "Run `zeek -r` on it and import the logs."),
    (b"\x30\x00\x00\x00LfLe", "event log of Windows XP", "Save it as .evtx in Event Viewer."),
    (b"LfLe", "event log of Windows XP", "Save it as .evtx in Event Viewer."),
    (b"regf", "registry hive", "Export what you need of it as CSV."),
    (b"SQLite format 3", "SQLite database", "Export its tables as CSV."),
    (b"Rar!", "RAR archive", "Unpack it, and import its folder."),
    (b"%PDF", "PDF", "Export the logs as CSV or JSON."),
    (b"\xd0\xcf\x11\xe0", "Office document", "Save its sheet as CSV."),
    (b"MZ", "program", ""),
    (b"\x7fELF", "program", ""),
    (b"\x89PNG", "picture", ""),
    (b"\xff\xd8\xff", "picture", ""),
    (b"GIF8", "picture", ""),
)
_LINE_FORMS = (
    r"^(?:.{0,200}?\s)?(?:CEF:\d\||LEEF:[\d.]+\|)",
    r"^<\d{1,3}>",
    r"^[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d \S",
    r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* [\w.:-]+ [\w./()-]+(?:\[\d+\])?: ",
)
_LINES = re.compile("|".join(_LINE_FORMS))
_AUDITD = re.compile(r"^(?:node=\S+ )?type=[A-Z_0-9\[\]]+ msg=audit\(\d")
_DELIMITED = (".csv", ".tsv", ".txt", ".psv")
_JSON_NAMES = (".json", ".jsonl", ".ndjson")


def kind_of(path: Path) -> FileKind:
    """How to read the file.

    Raises:
        FileImportError: of no kind that is imported; the text says what it is and what to do.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise bad_file(path, f"it cannot be read ({error.strerror}).") from error
    if not head.strip():
        raise bad_file(path, "the file is empty.", line=1, column=1)
    if head.startswith(b"PAR1"):
        return FileKind.PARQUET
    if head.startswith(b"ElfFile\0"):
        return FileKind.EVTX
    if head.startswith(_PACKED) or head[257:262] == b"ustar":
        return FileKind.ARCHIVE
    for mark, name, step in _OTHERS:
        if head.startswith(mark):
            raise bad_file(path, f"this is a {name}; no logs are read of it.", step or STEP)
    return _of_text(path, head)


def _of_text(path: Path, head: bytes) -> FileKind:
    suffix = path.suffix.casefold()
    text = _text(head)
    start = text.lstrip()
    if start.startswith("version https://git-lfs.github.com/spec/"):
        what = "this is a Git LFS pointer; the logs are elsewhere."
        raise bad_file(path, what, "Fetch them with `git lfs pull`, and import again.")
    if start.startswith("<") and not _LINES.match(start):
        if "<Event" in start or (suffix == ".xml" and len(head) == _HEAD):
            return FileKind.EVENT_XML
        if re.match(r"(?is)<!doctype html|<html", start):
            what = "this is a web page; perhaps the download needed a sign-in."
            raise bad_file(path, what, "Download the logs again.")
        raise bad_file(path, "this markup holds no Windows events.", STEP)
    kind = _by_start(start, suffix)
    if kind is None:
        raise bad_file(path, "files of this kind are not imported.", STEP)
    return kind


def _by_start(start: str, suffix: str) -> FileKind | None:
    """The kind of text, by its first lines."""
    if start.startswith("{") or re.match(r'\[\s*[\[{"\]]', start) or suffix in _JSON_NAMES:
        return FileKind.JSON
    if re.match(r"#separator|#(?:set_separator|fields)\t", start):
        return FileKind.ZEEK
    if start.startswith("#") and re.search(r"(?m)^#Fields: ", start):
        return FileKind.W3C
    lines = [line for line in start.splitlines()[:50] if line.strip()]
    for form, kind in ((_AUDITD, FileKind.AUDITD), (_LINES, FileKind.LINES)):
        if sum(bool(form.match(line)) for line in lines) * 2 > len(lines):
            return kind
    delimiter = max(",;\t|", key=lines[0].count)
    named = suffix in _DELIMITED or lines[0].startswith("sep=")
    return FileKind.CSV if named or _is_table(lines, delimiter) else None


def _is_table(lines: list[str], delimiter: str) -> bool:
    counts = {line.count(delimiter) for line in lines[:5]}
    return len(lines) > 1 and min(counts) > 0 and (len(counts) == 1 or '"' in "".join(lines[:5]))


def _text(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head.decode("utf-16", "replace")
    if encoding := unmarked_utf16(head):
        return head.decode(encoding, "replace")
    return head.decode("utf-8-sig", "replace").replace("\0", "")
