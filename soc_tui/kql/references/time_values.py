"""Evaluates constant time expressions: `ago(7d)`, `now() - 2 * lookback`, a date, a timespan.

Source: https://learn.microsoft.com/kusto/query/scalar-data-types/timespan, .../datetime, and the
pages of the functions named here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import words


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time: hours before now, or a fixed date in UTC; None where that is unreadable."""

    hours_back: float | None = None
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time, hours."""

    hours: float


class Unreadable(Enum):
    """A value that cannot be read from the text; a constant is the same for all rows."""

    CONSTANT = "constant"
    FUNCTION = "function"
    """What a function of the query gives."""


Value = Moment | Span | float | Unreadable | None
"""None where the value may depend on the row, or is not understood."""

CONSTANT = Unreadable.CONSTANT
FUNCTION = Unreadable.FUNCTION

_DAY = 24.0
_CONSTANT_CALLS = words(
    """
    datetime_local_to_utc datetime_utc_to_local iff iif make_datetime make_timespan max_of min_of
    todatetime todouble toint tolong toreal totimespan unixtime_microseconds_todatetime
    unixtime_milliseconds_todatetime unixtime_seconds_todatetime
    """
)
_UNITS = {
    **dict.fromkeys(("d", "day", "days"), _DAY),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1 / 3600),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 1 / 3_600_000),
}
_PARTS = {"week": 7 * _DAY, "month": 31 * _DAY, "quarter": 92 * _DAY, "year": 366 * _DAY}
_WITH_UNIT = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?)\s*([a-z]+)")
_CLOCK = re.compile(r"(-?)(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,7})?))?")
_CALL = re.compile(r"\w+\((.*)\)", re.DOTALL)
_DEEPEST = 12


def evaluate(node: Node, known: Callable[[str], Value], depth: int = _DEEPEST) -> Value:
    """What a scalar expression is worth.

    Args:
        known: The value of a let name or parameter; None for any other name.
    """
    node = t.strip(node)
    what = t.kind(node)
    if what in NAMES:
        worth = known(t.name(node))
        return worth if worth is not FUNCTION else None
    if what in _LITERALS:
        return _LITERALS[what](t.text(node))
    if what in _COMPOUND and depth:
        return _COMPOUND[what](node, known, depth - 1)
    return CONSTANT if what == "ToScalarExpression" else None


def _signed(node: Node, known: Callable[[str], Value], depth: int) -> Value:
    worth = evaluate(node.Expression, known, depth)
    return _times(worth, -1.0) if node.OperatorToken.text == "-" else worth


def _arithmetic(node: Node, known: Callable[[str], Value], depth: int) -> Value:
    left, *operations = t.children(node)
    worth = evaluate(left, known, depth)
    for operation in operations:
        right = evaluate(operation.Right, known, depth)
        worth = _operate(worth, operation.OperatorToken.text, right)
    return worth


def _operate(left: Value, sign: str, right: Value) -> Value:
    if left is None or right is None:
        return None
    if sign == "-":
        right = _times(right, -1.0)
    if sign in {"+", "-"}:
        return _plus(left, right)
    if sign == "*":
        if isinstance(left, float):
            left, right = right, left
        return _times(left, right) if isinstance(right, float) else CONSTANT
    if sign == "/" and isinstance(right, float) and right:
        return _times(left, 1 / right)
    return CONSTANT


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, Span) and isinstance(right, Moment):
        left, right = right, left
    if isinstance(left, Moment) and isinstance(right, Span):
        return _later(left, right.hours)
    if isinstance(left, Span) and isinstance(right, Span):
        return Span(left.hours + right.hours)
    if isinstance(left, float) and isinstance(right, float):
        return left + right
    return CONSTANT


def _later(moment: Moment, hours: float) -> Moment:
    if moment.hours_back is not None:
        return Moment(moment.hours_back - hours)
    try:
        return Moment(at=moment.at + dt.timedelta(hours=hours) if moment.at else None)
    except OverflowError:
        return Moment()


def _times(worth: Value, factor: float) -> Value:
    if isinstance(worth, float):
        return worth * factor
    if isinstance(worth, Span):
        return Span(worth.hours * factor)
    return None if worth is None else CONSTANT


def _call(node: Node, known: Callable[[str], Value], depth: int) -> Value:
    called, arguments = t.text(node.Name), t.children(node)[1:]
    if known(called) is FUNCTION:
        return None
    values = [evaluate(argument, known, depth) for argument in arguments]
    if called not in _CALLS or any(worth is None for worth in values):
        return CONSTANT if called in _CONSTANT_CALLS and None not in values else None
    parts = [t.text(argument).strip("'\"") for argument in arguments[:1]]
    return _CALLS[called](values, *parts) or CONSTANT


def _now(values: list[Value], *_: str) -> Value:
    if values and not isinstance(values[0], Span):
        return None
    return Moment(-values[0].hours if values and isinstance(values[0], Span) else 0.0)


def _ago(values: list[Value], *_: str) -> Value:
    return Moment(values[0].hours) if values and isinstance(values[0], Span) else None


def _binned(values: list[Value], *_: str) -> Value:
    if len(values) == 2 and isinstance(values[0], Moment) and isinstance(values[1], Span):
        return _later(values[0], -abs(values[1].hours))
    return None


def _added(values: list[Value], part: str = "", *_: str) -> Value:
    if len(values) != 3 or not isinstance(values[1], float) or not isinstance(values[2], Moment):
        return None
    hours = _PARTS.get(part.lower()) or _UNITS.get(part.lower())
    return _later(values[2], values[1] * hours) if hours else None


def _start(longest_hours: float) -> Callable[..., Value]:
    def started(values: list[Value], *_: str) -> Value:
        if len(values) == 1 and isinstance(values[0], Moment):
            return _later(values[0], -longest_hours)
        return None

    return started


def _end(values: list[Value], *_: str) -> Value:
    # The end of a day is never earlier than the moment itself.
    return values[0] if len(values) == 1 and isinstance(values[0], Moment) else None


def _number(text: str) -> Value:
    inner = _CALL.fullmatch(text)
    try:
        return float(inner[1] if inner else text)
    except ValueError:
        return CONSTANT


def _span(text: str) -> Value:
    inner = _CALL.fullmatch(text)
    text = (inner[1] if inner else text).strip()
    if (found := _WITH_UNIT.fullmatch(text)) and found[2] in _UNITS:
        return Span(float(found[1]) * _UNITS[found[2]])
    if clock := _CLOCK.fullmatch(text):
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups()[1:])
        total = days * _DAY + hours + minutes / 60 + seconds / 3600
        return Span(-total if clock[1] else total)
    if inner and text.isdecimal() and len(text) < 9:
        return Span(float(text) * _DAY)
    return CONSTANT


def _datetime(text: str) -> Value:
    inner = _CALL.fullmatch(text)
    written = (inner[1] if inner else text).strip().strip("'\"")
    try:
        at = dt.datetime.fromisoformat(written)
        return Moment(at=at.astimezone(dt.UTC) if at.tzinfo else at.replace(tzinfo=dt.UTC))
    except (ValueError, OverflowError):
        return Moment()


_LITERALS: dict[str, Callable[[str], Value]] = {
    "BooleanLiteralExpression": lambda text: CONSTANT,
    "DateTimeLiteralExpression": _datetime,
    "IntLiteralExpression": _number,
    "LongLiteralExpression": _number,
    "RealLiteralExpression": _number,
    "StringLiteralExpression": lambda text: CONSTANT,
    "TimeSpanLiteralExpression": _span,
}
_COMPOUND: dict[str, Callable[[Node, Callable[[str], Value], int], Value]] = {
    "AdditiveExpression": _arithmetic,
    "InvocationExpression": _signed,
    "MultiplicativeExpression": _arithmetic,
    "NamedFunctionCallExpression": _call,
}
# By the most hours that each may go back from its argument. None: its worth cannot be read.
_CALLS: dict[str, Callable[..., Value]] = {
    "ago": _ago,
    "bin": _binned,
    "datetime_add": _added,
    "endofday": _end,
    "endofmonth": _end,
    "endofweek": _end,
    "endofyear": _end,
    "floor": _binned,
    "now": _now,
    "startofday": _start(_DAY),
    "startofmonth": _start(31 * _DAY),
    "startofweek": _start(7 * _DAY),
    "startofyear": _start(366 * _DAY),
}
