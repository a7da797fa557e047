"""Records in JSON of any layout: lines, arrays, concatenated documents, and what wraps them.

Wrappers are told by their keys: `value` (Graph, OData), `results` (Graph and Defender hunting),
`tables` (Log Analytics), `Tables` and frames (Kusto v1, v2), `Records` (CloudTrail), `records`
(Azure diagnostics), `hits.hits` and `_source` (Elasticsearch), `result` (Splunk), and others.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from soc_tui.model.catalog import KqlType
from soc_tui.model.inert import inert
from soc_tui.workspaces.local.log_import.text_files import bad_file

_HEAD = 1 << 20
_LISTS = (
    "Results", "results", "value", "Value", "Records", "records", "items", "Items", "data", "Data",
    "events", "Events", "logs", "Logs", "entries", "matches", "alerts", "rows_as_objects",
)  # fmt: skip
_INNER = ("_source", "result")
_PRIMARY = ("PrimaryResult", "Table_0")


@dataclass
class Unwrapped:
    """What was said around the records that were taken out of a file.

    Attributes:
        types: KQL types by key, where the file declares them.
        missing: What of it is missing, in words.
        notes: What was changed.
    """

    types: dict[str, KqlType] = field(default_factory=dict)
    missing: dict[str, None] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)


def layout(path: Path) -> str:
    """How the file is laid out: "lines" or "array" of plain records, or "other"."""
    with path.open(encoding="utf-8", errors="replace") as text:
        head = text.read(_HEAD).lstrip()
    if head.startswith("["):
        try:
            first, _ = json.JSONDecoder().raw_decode(head[1:].lstrip())
        except (json.JSONDecodeError, RecursionError):
            return "array"
        return "other" if _wraps(first) or _concatenated(path) else "array"
    lines = [line for line in head.split("\n")[:20] if line.strip()]
    if len(head) >= _HEAD and len(lines) > 1:
        lines.pop()  # it may be cut
    try:
        values = [json.loads(line) for line in lines[:3]]
    except (json.JSONDecodeError, RecursionError):
        jsonl = path.suffix.casefold() in (".jsonl", ".ndjson") or not head.startswith("{")
        whole = lines[0].strip().endswith("}") and _parses(lines[0])
        return "lines" if jsonl or whole else "other"
    return "other" if any(map(_wraps, values)) else "lines"


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _concatenated(path: Path) -> bool:
    """Whether one array ends and another begins; a text that looks like that counts too."""
    with path.open("rb") as stream:
        last = b""
        while chunk := stream.read(_HEAD):
            squeezed = last + b"".join(chunk.split())
            if b"][" in squeezed or b"]{" in squeezed:
                return True
            last = squeezed[-1:]
    return False


def _wraps(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if "FrameType" in value or any(isinstance(value.get(key), dict) for key in _INNER):
        return True
    if isinstance(value.get("hits"), dict) or _tables(value) is not None:
        return True
    return any(_is_records(value.get(key)) for key in _LISTS)


def _is_records(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) for one in value)


def read_records(path: Path, original: Path, found: Unwrapped) -> Iterator[dict[str, Any]]:
    """All records of a file, out of whatever wraps them.

    Args:
        original: Named in errors.
        found: Filled with what is said around them.

    Raises:
        FileImportError: no JSON, with its place; or a record that is no object.
    """
    number = 0
    for line, document in _documents(path, original, found):
        for record in _records(document, original, found):
            number += 1
            if not isinstance(record, dict):
                raise bad_file(
                    original, f"record {number} is not a JSON object.", line=line, column=1
                )
            yield record


def _records(document: object, original: Path, found: Unwrapped) -> Iterator[object]:
    if isinstance(document, list):
        if any(isinstance(one, dict) and "FrameType" in one for one in document):
            yield from _of_tables(_frames(document), original, found)
            return
        for one in document:
            yield from _records(one, original, found) if _wraps(one) else (one,)
        return
    if not isinstance(document, dict) or not _wraps(document):
        yield document
        return
    for key in _INNER:
        if isinstance(inner := document.get(key), dict):
            yield inner
            return
    if isinstance(hits := document.get("hits"), dict):
        yield from _records(hits.get("hits", []), original, found)
        return
    if (tables := _tables(document)) is not None:
        yield from _of_tables(tables, original, found)
        _tell_missing(document, original, found)
        return
    key = next(key for key in _LISTS if _is_records(document.get(key)))
    _tell_missing(document, original, found)
    yield from _records(document[key], original, found)


def _tables(document: Mapping[str, Any]) -> Sequence[Any] | None:
    for key in ("tables", "Tables"):
        if isinstance(tables := document.get(key), list):
            return tables
    columns = document.get("columns", document.get("Columns"))
    if isinstance(columns, list) and isinstance(document.get("rows", document.get("Rows")), list):
        return [document]
    return None


def _frames(frames: Iterable[Any]) -> list[Any]:
    """The tables of Kusto's v2 answer, the progressive one too.

    Source: https://learn.microsoft.com/kusto/api/rest/response-v2
    """
    tables: dict[object, dict[str, Any]] = {}
    for frame in frames:
        kind = frame.get("FrameType")
        if kind in ("DataTable", "TableHeader"):
            tables[frame.get("TableId")] = {**frame, "Rows": list(frame.get("Rows", []))}
        elif kind == "TableFragment" and frame.get("TableId") in tables:
            table = tables[frame["TableId"]]
            kept = [] if frame.get("TableFragmentType") == "DataReplace" else table["Rows"]
            table["Rows"] = [*kept, *frame.get("Rows", [])]
    return list(tables.values())


def _of_tables(
    tables: Sequence[Any], original: Path, found: Unwrapped
) -> Iterator[dict[str, object]]:
    named = [one for one in tables if isinstance(one, dict)]
    main = next((one for one in named if one.get("TableKind") in _PRIMARY), None)
    main = main or next((one for one in named if _name(one) in _PRIMARY), None)
    main = main or next(iter(named), None)
    if main is not None and len(named) > 1 and "TableKind" not in main and "Rows" not in main:
        text = f"{original.name} contains {len(named)} tables; only the first was imported"
        found.missing[text] = None
    try:
        columns = main["columns"] if "columns" in main else main["Columns"]  # type: ignore[operator,index]
        names = [str(one["name"] if "name" in one else one["ColumnName"]) for one in columns]
        kinds = [
            one.get("type") or one.get("ColumnType") or one.get("DataType") or "" for one in columns
        ]
        rows = main["rows"] if "rows" in main else main["Rows"]  # type: ignore[operator,index]
    except (AttributeError, LookupError, TypeError) as error:
        raise bad_file(
            original, "this is not a query API response: tables[0] needs columns and rows."
        ) from error
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise bad_file(original, f"two of its columns are named {inert(twice[0], 80)}.")
    for name, kind in zip(names, kinds, strict=True):
        known = KqlType.named(str(kind)) or _DOTNET.get(str(kind).rpartition(".")[2])
        found.types[name] = known or KqlType.STRING
    for row in rows:
        if isinstance(row, dict):  # an error, in Kusto's answers
            text = f"{original.name} is a partial result: {inert(json.dumps(row), 200)}"
            found.missing[text] = None
            continue
        if len(row) != len(names):
            raise bad_file(
                original,
                "this is not a query API response: a row has other columns than its table.",
            )
        yield dict(zip(names, row, strict=True))


_DOTNET = {
    "DateTime": KqlType.DATETIME,
    "Double": KqlType.REAL,
    "Guid": KqlType.GUID,
    "Int32": KqlType.INT,
    "Int64": KqlType.LONG,
    "Object": KqlType.DYNAMIC,
    "SByte": KqlType.BOOL,
    "Boolean": KqlType.BOOL,
    "TimeSpan": KqlType.TIMESPAN,
}
"""The types in Kusto's v1 answers. Source: learn.microsoft.com/kusto/api/rest/response-v1"""


def _name(table: Mapping[str, Any]) -> object:
    return table.get("name", table.get("TableName"))


def _tell_missing(answer: Mapping[str, Any], original: Path, found: Unwrapped) -> None:
    if error := answer.get("error"):
        why = error.get("message", "") if isinstance(error, dict) else ""
        text = f"{original.name} is a partial result: {inert(str(why), 200) or 'it holds an error'}"
        found.missing[text] = None
    elif link := next((k for k in ("@odata.nextLink", "nextLink") if answer.get(k)), None):
        text = f"{original.name} is one page of several: its {link} leads to more"
        found.missing[text] = None


def _documents(path: Path, original: Path, found: Unwrapped) -> Iterator[tuple[int, Any]]:
    """Each JSON value of the file and the line on which it begins."""

    def load(text: str) -> Any:
        return json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, found))

    with path.open(encoding="utf-8") as text:
        pending, start = "", 1
        for number, line in enumerate(text, 1):
            if not pending and not line.strip():
                continue
            if pending:
                break
            try:
                value = load(line)
            except (json.JSONDecodeError, RecursionError):
                pending, start = line, number
                break
            yield number, value
        else:
            return
        yield from _rest(
            pending + (line if number > start else "") + text.read(), start, original, load
        )


def _rest(text: str, start: int, original: Path, load: Any) -> Iterator[tuple[int, Any]]:
    """Values that fill several lines, or stand several in one."""
    decoder = json.JSONDecoder(object_pairs_hook=None)
    at, line = 0, start
    while True:
        while at < len(text) and text[at] in " \t\r\n,\ufeff\x1e":
            line += text[at] == "\n"
            at += 1
        if at >= len(text):
            return
        try:
            _, end = decoder.raw_decode(text, at)
            yield line, load(text[at:end])
        except json.JSONDecodeError as error:
            place = start + error.lineno - 1
            ended = error.pos >= len(text.rstrip())
            why = "the JSON ends too early" if ended else f"not JSON: {error.msg}"
            raise bad_file(original, f"{why}.", line=place, column=error.colno) from error
        except RecursionError as error:
            raise bad_file(original, "the JSON is nested too deeply.") from error
        line += text.count("\n", at, end)
        at = end


def _object(pairs: list[tuple[str, Any]], found: Unwrapped) -> dict[str, Any]:
    """An object whose keys are all kept: one that comes again gets a number."""
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    made = {}
    for key, value in pairs:
        name, count = key, 1
        while name in made:
            name, count = f"{key}{count}", count + 1
        if name != key:
            found.notes[f"the key {inert(key, 80)!r} stands twice: the second is {name}"] = None
        made[name] = value
    return made


def write_records(records: Iterable[object], into: Path) -> int:
    """One record a line; how many. Half a surrogate pair, which UTF-8 cannot hold, becomes `?`."""
    count = 0
    with into.open("w", encoding="utf-8", errors="replace") as target:
        for record in records:
            target.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def record_line(path: Path, record: int) -> int:
    """1-based line of a 0-based record of a file with one JSON value per line."""
    seen = 0
    with path.open(encoding="utf-8") as text:
        for number, line in enumerate(text, 1):
            if line.strip():
                if seen == record:
                    return number
                seen += 1
    return 1
