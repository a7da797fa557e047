"""CSV headers, and where in a file something is."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from soc_tui.model.errors import FileImportError

_CHUNK = 1 << 20
MAX_FIELD_CHARS = 64 << 20


def bad_file(
    path: Path,
    what: str,
    step: str = "",
    *,
    line: int | None = None,
    column: int | str | None = None,
) -> FileImportError:
    """The error for a file that cannot be imported, with its place where it is known."""
    place = f", line {line}" if line is not None else ""
    place += f", column {column}" if column is not None else ""
    return FileImportError(
        f"{path.name}{place}: {what}",
        "Nothing was imported.",
        step or "Fix the file or export it again.",
    )


def no_file(path: Path) -> FileImportError:
    """The error for a path at which there is no file to read."""
    if path.is_dir():
        return bad_file(path, "it is a folder.", "Enter the files in it.")
    return bad_file(path, f"no such file in {path.parent}.", "Check the path.")


@dataclass(frozen=True, slots=True)
class CsvHeader:
    """How a CSV begins.

    Attributes:
        line: 1-based line of the header.
    """

    cells: list[str]
    delimiter: str
    line: int


_EXCEL_MARK = re.compile(r'"?sep=([,;\t|])"?\r?\n', re.IGNORECASE)


def csv_header(path: Path, original: Path) -> CsvHeader:
    """The header and its delimiter: comma, semicolon or tab, or what Excel's `sep=` line says.

    Raises:
        FileImportError: no usable header.
    """
    csv.field_size_limit(MAX_FIELD_CHARS)
    with path.open(encoding="utf-8", newline="") as text:
        line = 1
        try:
            first = text.readline()
            if mark := _EXCEL_MARK.fullmatch(first):
                line, delimiter = 2, mark[1]
            else:
                delimiter = max(",;\t|", key=first.count)
                text.seek(0)
            cells = next(csv.reader(text, delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration) as error:
            raise bad_file(original, "its first line is not a CSV header.", line=line) from error
    if not cells:
        raise bad_file(original, "the header line is empty.", line=line)
    if not any(cell.strip() for cell in cells):
        raise bad_file(original, "the header has no names.", line=line)
    return CsvHeader(cells, delimiter, line)


def mixed_line_end(path: Path) -> int | None:
    """1-based line of the first record that ends in another way (CRLF, LF) than the first one."""
    first, quoted = b"", False
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            quoted ^= line.count(b'"') % 2 == 1
            if quoted or not line.endswith(b"\n"):
                continue
            end = line[-2:] if line.endswith(b"\r\n") else b"\n"
            first = first or end
            if end != first:
                return number
    return None


def csv_line(path: Path, record: int, delimiter: str) -> int:
    """1-based line on which a record starts; record 0 is the first of the file."""
    with path.open(encoding="utf-8", errors="replace", newline="") as text:
        reader = csv.reader(text, delimiter=delimiter)
        seen, start = 0, 1
        for cells in reader:
            if cells:  # DuckDB's reader passes over empty lines too
                if seen == record:
                    break
                seen += 1
            start = reader.line_num + 1
        return start


def line_of_byte(path: Path, offset: int) -> int:
    """1-based line of a 0-based byte offset of the unpacked file."""
    line, left = 1, offset
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
    return line
