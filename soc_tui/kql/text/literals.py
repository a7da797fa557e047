"""KQL literals and identifiers, written so that no value can leave its literal.

Source of the forms: https://learn.microsoft.com/kusto/query/scalar-data-types/
"""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

from soc_tui.kql.operators.words import keywords
from soc_tui.model.catalog import KqlType

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TIMESPAN = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?)\s*(d|h|m|s|ms)\s*")
_AGO = re.compile(r"\s*ago\s*\((?P<span>[^()]*)\)\s*")
_INTEGER = re.compile(r"[+-]?\d{1,19}")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})
# Control, format (bidi overrides), line and paragraph separators, surrogates, unassigned: what a
# terminal or a reader would not show as it is.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})


def string(value: str) -> str:
    """`value` as a string literal in double quotes; what cannot be seen is written as `\\uXXXX`."""
    return f'"{"".join(map(_escaped, value))}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def identifier(name: str) -> str:
    """`name` as KQL writes it where a column or table stands: in brackets unless it is plain."""
    if _PLAIN_NAME.fullmatch(name) and name not in keywords():
        return name
    return f"[{string(name)}]"


def literal(value: str, kind: KqlType) -> str | None:
    """`value` as a literal of that type; None when it is no value of the type."""
    return _WRITERS[kind](value)


def hours_text(hours: float) -> str:
    """A timespan literal for a number of hours: `24h`, `7d`, `30m`; to the second, at least 1 s."""
    seconds = max(1, round(hours * 3600))
    if seconds % 86_400 == 0 and seconds > 86_400:
        return f"{seconds // 86_400}d"
    for size, unit in ((3600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _int(value: str) -> str | None:
    return _integer(value, 31)


def _long(value: str) -> str | None:
    return _integer(value, 63)


def _integer(value: str, bits: int) -> str | None:
    text = value.strip()
    if not _INTEGER.fullmatch(text) or not text.isascii():
        return None
    number = int(text)
    return str(number) if -(2**bits) <= number < 2**bits else None


def _real(value: str) -> str | None:
    text = value.strip()
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or not text.isascii() or not math.isfinite(float(number)):
        return None
    written = repr(float(number))
    return written if "e" not in written else f"real({written})"


def _bool(value: str) -> str | None:
    text = value.strip().lower()
    if text in _TRUE:
        return "true"
    return "false" if text in _FALSE else None


def _datetime(value: str) -> str | None:
    if ago := _AGO.fullmatch(value):
        span = _timespan(ago["span"])
        return f"ago({span})" if span else None
    try:
        moment = dt.datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(dt.UTC).replace(tzinfo=None)
        except OverflowError:
            return None
    return f"datetime({moment.isoformat()}Z)"


def _timespan(value: str) -> str | None:
    found = _TIMESPAN.fullmatch(value)
    return f"{found[1]}{found[2]}" if found and value.isascii() else None


def _guid(value: str) -> str | None:
    try:
        return f"guid({uuid.UUID(value.strip())})"
    except ValueError:
        return None


_WRITERS: Mapping[KqlType, Callable[[str], str | None]] = {
    KqlType.BOOL: _bool,
    KqlType.DATETIME: _datetime,
    KqlType.DECIMAL: _real,
    KqlType.DYNAMIC: string,
    KqlType.GUID: _guid,
    KqlType.INT: _int,
    KqlType.LONG: _long,
    KqlType.REAL: _real,
    KqlType.STRING: string,
    KqlType.TIMESPAN: _timespan,
}
