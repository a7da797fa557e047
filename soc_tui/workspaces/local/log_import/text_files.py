"""Text of exported files: encodings, JSON shapes, and error positions."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from soc_tui.model.catalog import KqlType
from soc_tui.model.errors import FileImportError
from soc_tui.model.inert import inert

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
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


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked when its name ends in .gz."""
    if path.suffix.casefold() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def as_utf8(path: Path, into: Path) -> Path:
    """A file with the same text in plain UTF-8: `path` itself, or a copy made at `into`.

    Raises:
        FileImportError: empty, unreadable, binary, or not in the encoding that it says.
    """
    try:
        with open_bytes(path) as stream:
            head = stream.read(1 << 16)
        if not head.strip():
            raise bad_file(path, "the file is empty.", line=1, column=1)
        for mark, encoding in _BOMS:
            if head.startswith(mark):
                _transcode(path, encoding, into)
                return into
        if b"\0" in head:
            place = head.index(b"\0")
            raise bad_file(
                path,
                "this is not text.",
                "Import CSV, JSON, JSONL or Parquet; save text as UTF-8.",
                line=head.count(b"\n", 0, place) + 1,
                column=place - head.rfind(b"\n", 0, place),
            )
    except (OSError, EOFError, zlib.error) as error:
        raise bad_file(path, f"it cannot be read ({type(error).__name__}).") from error
    return path


def _transcode(path: Path, encoding: str, into: Path) -> None:
    line = 1
    decoder = codecs.getincrementaldecoder(encoding)()
    with open_bytes(path) as source, into.open("w", encoding="utf-8", newline="") as target:
        while True:
            chunk = source.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeError as error:
                raise bad_file(path, f"this is not valid {encoding.upper()}.", line=line) from error
            target.write(text)
            line += text.count("\n")
            if not chunk:
                return


def undecodable_place(path: Path) -> tuple[int, int] | None:
    """1-based line and column (bytes) of the first byte that is not UTF-8, or None."""
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return number, error.start + 1
    return None


def not_utf8(path: Path, original: Path) -> FileImportError:
    """The error for text in an encoding that does not say which it is."""
    line, column = undecodable_place(path) or (None, None)
    return bad_file(
        original, "this is not UTF-8 text.", "Save it as UTF-8.", line=line, column=column
    )


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
    with io.TextIOWrapper(open_bytes(path), encoding="utf-8", newline="") as text:
        line = 1
        try:
            first = text.readline()
            if mark := _EXCEL_MARK.fullmatch(first):
                line, delimiter = 2, mark[1]
            else:
                delimiter = max(",;\t", key=first.count)
                text.seek(0)
            cells = next(csv.reader(text, delimiter=delimiter, strict=True))
        except UnicodeDecodeError as error:
            raise not_utf8(path, original) from error
        except (csv.Error, StopIteration) as error:
            raise bad_file(original, "its first line is not a CSV header.", line=line) from error
    if not cells:
        raise bad_file(original, "the header line is empty.", line=line)
    for number, cell in enumerate(cells, 1):
        if not cell.strip():
            raise bad_file(original, "the header has an empty name.", line=line, column=number)
    return CsvHeader(cells, delimiter, line)


def mixed_line_end(path: Path) -> int | None:
    """1-based line of the first record that ends in another way (CRLF, LF) than the first one."""
    first, quoted = b"", False
    with open_bytes(path) as stream:
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
    with io.TextIOWrapper(open_bytes(path), encoding="utf-8", errors="replace", newline="") as text:
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
    with open_bytes(path) as stream:
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
    return line


def parsed(path: Path, original: Path, *, by_line: bool) -> Iterator[Any]:
    """What Python reads where DuckDB does not: each line's value, or that of the whole file.

    Raises:
        FileImportError: no JSON, with its place.
    """
    if undecodable_place(path):
        raise not_utf8(path, original)
    for number, text in _documents(path, by_line=by_line):
        try:
            yield json.loads(text)
        except json.JSONDecodeError as error:
            line = number + error.lineno - 1
            ended = error.pos >= len(text.rstrip())
            why = "the JSON ends too early" if ended else f"not JSON: {error.msg}"
            raise bad_file(original, f"{why}.", line=line, column=error.colno) from error
        except RecursionError as error:
            raise bad_file(original, "the JSON is nested too deeply.") from error


def write_records(records: Iterable[object], into: Path) -> None:
    """One record per line. Half a surrogate pair, which no UTF-8 can hold, becomes `?`."""
    with into.open("w", encoding="utf-8", errors="replace") as target:
        for record in records:
            target.write(json.dumps(record, ensure_ascii=False) + "\n")


def _documents(path: Path, *, by_line: bool) -> Iterator[tuple[int, str]]:
    with io.TextIOWrapper(open_bytes(path), encoding="utf-8") as text:
        if not by_line:
            yield 1, text.read()
            return
        for number, line in enumerate(text, 1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def json_record_line(path: Path, record: int) -> int:
    """1-based line of a 0-based record of a file with one JSON value per line."""
    for index, (number, _) in enumerate(_documents(path, by_line=True)):
        if index == record:
            return number
    return 1


def json_shape(path: Path) -> str:
    """How the JSON is laid out: "lines", "array" or "document" (one object, perhaps a wrapper)."""
    with io.TextIOWrapper(open_bytes(path), encoding="utf-8", errors="replace") as text:
        head = text.read(1 << 20).lstrip()
    if head.startswith("["):
        return "array"
    first, newline, _ = head.partition("\n")
    try:
        value = json.loads(first)
    except (json.JSONDecodeError, RecursionError):
        jsonl = path.suffix.casefold() in (".jsonl", ".ndjson") or not head.startswith("{")
        return "lines" if jsonl or (newline and first.strip().endswith("}")) else "document"
    wrapped = isinstance(value, dict) and any(_is_list(value.get(key)) for key in _WRAPPERS)
    return "document" if wrapped else "lines"


_WRAPPERS = ("tables", "Results", "results", "value")


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def unwrap(path: Path, original: Path, into: Path) -> tuple[dict[str, KqlType], tuple[str, ...]]:
    """Write the records inside one JSON document to `into`, one per line.

    Takes the answer of the Log Analytics query API (`{"tables": [{"columns", "rows"}]}`), of
    Defender's and Graph's hunting API (`{"results": [...]}`), `{"value": [...]}` or one record.

    Returns:
        KQL types where the document declares them, and what of it is missing, in words.

    Raises:
        FileImportError: not JSON, or no records in it.
    """
    (document,) = parsed(path, original, by_line=False)
    types: dict[str, KqlType] = {}
    notes: tuple[str, ...] = ()
    records: Sequence[object] = [document]
    if _is_list(document.get("tables")):
        records, types = _api_table(document["tables"], original)
        notes = tuple(_missing(document, original))
    else:
        for key in _WRAPPERS[1:]:
            if _is_list(document.get(key)):
                records = document[key]
                break
    write_records(records, into)
    return types, notes


def _missing(answer: Mapping[str, Any], original: Path) -> Iterator[str]:
    if len(answer["tables"]) > 1:
        count = len(answer["tables"])
        yield f"{original.name} contains {count} tables; only the first was imported"
    if error := answer.get("error"):
        why = error.get("message", "") if isinstance(error, dict) else ""
        yield f"{original.name} is a partial result: {inert(str(why), 200) or 'it holds an error'}"


def _api_table(
    tables: list[Any], original: Path
) -> tuple[list[dict[str, object]], dict[str, KqlType]]:
    try:
        table = tables[0]
        names = [column["name"] for column in table["columns"]]
        types = {
            column["name"]: KqlType.named(column["type"]) or KqlType.STRING
            for column in table["columns"]
        }
        records = [dict(zip(names, row, strict=True)) for row in table["rows"]]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise bad_file(
            original, "this is not a query API response: tables[0] needs columns and rows."
        ) from error
    if len(types) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise bad_file(original, f"two of its columns are named {inert(twice, 80)}.")
    return records, types
