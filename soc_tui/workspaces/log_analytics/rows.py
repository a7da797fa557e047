"""Log Analytics query API responses as Rows.

Wire format: https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format
Heavy imports: this module is itself imported lazily. All functions take CPU time: run in a thread.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from soc_tui.model.catalog import Column, KqlType
from soc_tui.model.errors import WorkspaceError
from soc_tui.model.rows import Rows, twice_named
from soc_tui.workspaces.log_analytics.failures import partial_reason, unreadable_answer
from soc_tui.workspaces.log_analytics.reader import MalformedError, walk

_TIMESPAN = re.compile(r"(-?)(?:(\d+)\.)?(\d+):(\d\d):(\d\d)(?:\.(\d{1,7}))?")


def as_kql_type(name: str) -> KqlType:
    """KQL type of a `columns[].type`; `string` for one that we do not know."""
    return KqlType.named(name) or KqlType.STRING


def read_answer(body: bytes, max_rows: int | None) -> Rows:
    """Rows of a query's answer (status 200), `elapsed_seconds` left at 0.

    Raises:
        WorkspaceError: the body is no such answer, or holds an error and no rows.
    """
    try:
        answer = walk(body, max_rows, _columns, lambda cells, kind: _CONVERTERS[kind](cells))
    except (LookupError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        raise unreadable_answer() from error
    partial = [partial_reason(answer.error)] if answer.error else []
    if answer.table is None:
        if not partial:
            raise unreadable_answer()
        raise WorkspaceError(
            "The query failed after it started.", partial[0], "Narrow the query and run it again."
        )
    kept = answer.table.num_rows
    if answer.table_count > 1:
        partial.append(f"The query returned {answer.table_count} tables; only the first is kept.")
    if answer.row_count > kept:
        partial.append(f"Only the first {kept:,} of {answer.row_count:,} rows were kept.")
    return Rows(answer.table, answer.columns, " ".join(partial) or None)


def read_metadata(body: bytes) -> dict[str, tuple[Column, ...]]:
    """Tables of a metadata answer, by name.

    Source: https://learn.microsoft.com/rest/api/loganalytics/metadata
    """
    try:
        return {
            table["name"]: tuple(
                Column(column["name"], as_kql_type(column["type"]))
                for column in table.get("columns") or ()
            )
            for table in _document(body)["tables"]
        }
    except (LookupError, TypeError, AttributeError) as error:
        raise unreadable_answer() from error


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise unreadable_answer() from error
    if not isinstance(document, dict):
        raise unreadable_answer()
    return document


def _columns(found: Any) -> tuple[Column, ...]:
    columns = tuple(Column(column["name"], as_kql_type(column["type"])) for column in found)
    if twice_named([column.name for column in columns]):
        raise MalformedError("Two of its columns have the same name.")  # Kusto numbers them: a, a1
    return columns


def _each(convert: Callable[[Any], Any], kind: pa.DataType) -> Callable[[Sequence[Any]], pa.Array]:
    def converted(values: Sequence[Any]) -> pa.Array:
        return pa.array([None if v is None else convert(v) for v in values], type=kind)

    return converted


def _bools(values: Sequence[Any]) -> pa.Array:
    known = {True: True, False: False, "true": True, "false": False}  # 1 == True, 0 == False
    named = (v.casefold() if isinstance(v, str) else v for v in values)
    return pa.array([None if v is None else known[v] for v in named], type=pa.bool_())


def _datetimes(values: Sequence[Any]) -> pa.Array:
    """ISO 8601 in UTC with up to seven digits of a second (ticks); the seventh is cut."""
    texts = pa.array(values, type=pa.string())
    cut = pc.replace_substring_regex(texts, r"(\.\d{6})\d+", r"\1")
    zoned = pc.replace_substring_regex(cut, r"(:\d\d(?:\.\d+)?)$", r"\1Z")
    return pc.cast(zoned, pa.timestamp("us", tz="UTC"))


def _strings(values: Sequence[Any]) -> pa.Array:
    return _texts(["" if v is None else _text(v) for v in values])  # KQL strings are never null


def _guids(values: Sequence[Any]) -> pa.Array:
    return _texts([None if v in (None, "") else _text(v) for v in values])


def _dynamics(values: Sequence[Any]) -> pa.Array:
    return _texts([None if v in (None, "") else _json(v) for v in values])


def _texts(texts: list[str | None] | list[str]) -> pa.Array:
    try:
        return pa.array(texts, type=pa.string())
    except UnicodeEncodeError:  # a lone surrogate, which JSON may hold but UTF-8 may not
        safe = [t if t is None else t.encode("utf-8", "replace").decode() for t in texts]
        return pa.array(safe, type=pa.string())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(value: Any) -> str:
    """A dynamic as JSON: the API sends JSON inside a string, but a bare string as it is."""
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if value[0] in "{[":
        return value
    try:
        json.loads(value)
    except (ValueError, RecursionError):
        return json.dumps(value, ensure_ascii=False)
    return value


def _microseconds(text: str) -> int:
    """A timespan `[-][days.]hh:mm:ss[.ticks]` in microseconds."""
    match = _TIMESPAN.fullmatch(text)
    if match is None:
        raise ValueError("not a timespan")
    sign, days, hours, minutes, seconds, ticks = match.groups()
    whole = ((int(days or 0) * 24 + int(hours)) * 60 + int(minutes)) * 60 + int(seconds)
    total = whole * 1_000_000 + int((ticks or "").ljust(7, "0")) // 10
    return -total if sign else total


def _timespans(values: Sequence[Any]) -> pa.Array:
    return _each(_microseconds, pa.int64())(values).cast(pa.duration("us"))


def _decimals(values: Sequence[Any]) -> pa.Array:
    numbers = [None if v is None else Decimal(str(v)) for v in values]
    if all(number is None for number in numbers):
        return pa.array(numbers, type=pa.decimal128(38, 18))
    return pa.array(numbers)


_CONVERTERS: dict[KqlType, Callable[[Sequence[Any]], pa.Array]] = {
    KqlType.BOOL: _bools,
    KqlType.DATETIME: _datetimes,
    KqlType.DECIMAL: _decimals,
    KqlType.DYNAMIC: _dynamics,
    KqlType.GUID: _guids,
    KqlType.INT: _each(int, pa.int32()),
    KqlType.LONG: _each(int, pa.int64()),
    KqlType.REAL: _each(float, pa.float64()),  # "NaN" and "Infinity" come as strings
    KqlType.STRING: _strings,
    KqlType.TIMESPAN: _timespans,
}
