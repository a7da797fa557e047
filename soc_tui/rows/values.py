"""One value of an Arrow column, outside Arrow: as text and as JSON. Nothing is cut or escaped."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

from soc_tui.model.catalog import KqlType

_TICKS_PER_MICROSECOND = 10


def value_text(value: object) -> str:
    """The value as text; null is empty.

    datetime is ISO 8601 in UTC with `Z`, timespan `d.hh:mm:ss.fffffff`, bool `true` or `false`.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return datetime_text(value)
    if isinstance(value, dt.timedelta):
        return timespan_text(value)
    return str(value)


def json_value(value: object, kind: KqlType) -> Any:
    """The value as JSON holds it: dynamic as itself, decimal as text, times as `value_text`.

    A dynamic that is no JSON, or has two properties of one name, is its text.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        # JSON has no NaN and no infinity.
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str):
        return _dynamic(value) if kind is KqlType.DYNAMIC else value
    return value_text(value)


def datetime_text(value: dt.datetime) -> str:
    """ISO 8601 in UTC with a `Z`, without trailing zeros in the second's fraction."""
    utc = value.astimezone(dt.UTC) if value.tzinfo else value
    text = utc.replace(tzinfo=None).isoformat()
    return (text.rstrip("0") if "." in text else text) + "Z"


def timespan_text(value: dt.timedelta) -> str:
    """`d.hh:mm:ss.fffffff` as Kusto prints it, without empty days and fraction.

    Source: https://learn.microsoft.com/kusto/query/scalar-data-types/timespan
    """
    sign, span = ("-", -value) if value < dt.timedelta(0) else ("", value)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days = f"{span.days}." if span.days else ""
    fraction = f".{span.microseconds * _TICKS_PER_MICROSECOND:07d}" if span.microseconds else ""
    return f"{sign}{days}{hours:02d}:{minutes:02d}:{seconds:02d}{fraction}"


def _dynamic(text: str) -> Any:
    """What the text holds; the text itself where a Python value would lose something of it."""
    try:
        return json.loads(
            text, parse_constant=str, parse_float=_finite, object_pairs_hook=_each_once
        )
    except (ValueError, RecursionError):
        return text


def _finite(text: str) -> float | str:
    return number if math.isfinite(number := float(text)) else text


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a property appears twice")
    return found
