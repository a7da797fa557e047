"""Lower time bounds that the `where` operators of a pipe set, and how far back they reach."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql import tree as t
from soc_tui.kql.tree import NAMES, Node

TIME_COLUMNS = frozenset({"TimeGenerated", "Timestamp"})
_TIMESPAN = re.compile(r"(\d+(?:\.\d+)?)([a-z]+)")
_HOURS = {
    **dict.fromkeys(("d", "day", "days"), 24.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 1.0),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 1 / 60),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1 / 3600),
    **dict.fromkeys(("ms", "milli", "millis", "millisecond", "milliseconds"), 1 / 3_600_000),
}
# Operators that leave the time column as it is, so that a `where` behind them still bounds it.
KEEPS_TIME = frozenset(
    {"AsOperator", "ExtendOperator", "ParseOperator", "ParseWhereOperator", "SearchOperator"}
    | {"ProjectAwayOperator", "ProjectKeepOperator", "ProjectOperator", "ProjectReorderOperator"}
    | {"SerializeOperator", "SortOperator", "WhereOperator"}
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound of a time column.

    Attributes:
        hours: How far back from now, hours; None when that cannot be read from the text.
        absolute: True for a fixed date.
    """

    hours: float | None
    start: int
    line: int
    column: int
    length: int
    absolute: bool = False


def pipe_operators(node: Node) -> list[Node]:
    """The operators of a pipe, in order."""
    return [t.descend(piped.Operator) for piped in t.children(node)[1:]]


def lower_bounds(
    operators: Sequence[Node],
    lets: Mapping[str, Node] | None = None,
    columns: frozenset[str] = TIME_COLUMNS,
) -> list[Bound]:
    """Lower bounds of a time column that a pipe's `where` operators set for all its rows."""
    bounds: list[Bound] = []
    for operator in operators:
        if t.kind(operator) not in KEEPS_TIME or _assigns(operator, columns):
            break
        if t.kind(operator) == "WhereOperator":
            for condition in _conjuncts(operator.Predicate):
                value = _lower_value(condition, columns)
                if value is not None:
                    bounds.append(_bound(value, lets or {}))
    return bounds


def _assigns(operator: Node, columns: frozenset[str]) -> bool:
    if t.kind(operator) not in {"ExtendOperator", "ProjectOperator"}:
        return False
    for expression in t.children(operator):
        clause = t.child(expression, "NamedExpressionNameClause")
        if clause is not None and any(column in t.text(clause) for column in columns):
            return True
    return False


def _conjuncts(node: Node) -> list[Node]:
    node = t.strip(node)
    if t.kind(node) == "LogicalAndExpression":
        return [part for below in t.children(node) for part in _conjuncts(below)]
    if t.kind(node) == "LogicalAndOperation":
        return _conjuncts(t.children(node)[-1])
    return [node]


def _lower_value(node: Node, columns: frozenset[str]) -> Node | None:
    """The value that a condition sets as the lower bound of a time column, if it does."""
    if t.kind(node) == "RelationalExpression":
        left, right = node.Left, node.Right
        if node.OperatorToken.text in {">", ">="} and _is_column(left, columns):
            return right
        if node.OperatorToken.text in {"<", "<="} and _is_column(right, columns):
            return left
    if t.kind(node) == "EqualityExpression" and _is_column(node.Left, columns):
        tail = t.descend(node.Tail)
        if t.kind(tail) == "BetweenEqualityExpression" and tail.OperatorToken.text == "between":
            return tail.StartExpression
    return None


def _is_column(node: Node, columns: frozenset[str]) -> bool:
    node = t.strip(node)
    return t.kind(node) in NAMES and t.name(node) in columns


def _bound(value: Node, lets: Mapping[str, Node]) -> Bound:
    place = t.place(value)
    hours, absolute = _hours_back(value, lets)
    return Bound(hours, t.start(value), place.line, place.column, place.length, absolute)


def _hours_back(node: Node, lets: Mapping[str, Node], depth: int = 8) -> tuple[float | None, bool]:
    """How many hours before now a value is (None if unreadable), and if it is a fixed date."""
    node = t.strip(node)
    what = t.kind(node)
    if depth == 0:
        return None, False
    if what == "DateTimeLiteralExpression":
        return None, True
    if what in NAMES and t.name(node) in lets:
        return _hours_back(lets[t.name(node)], lets, depth - 1)
    if what == "NamedFunctionCallExpression":
        return _call_hours(node, lets, depth)
    if what == "AdditiveExpression" and len(t.children(node)) == 2:
        base, absolute = _hours_back(node.Left, lets, depth - 1)
        operation = t.children(node)[1]
        span = _span_hours(operation.Right, lets)
        if base is not None and span is not None and operation.OperatorToken.text == "-":
            return base + span, absolute
    return None, False


def _call_hours(node: Node, lets: Mapping[str, Node], depth: int) -> tuple[float | None, bool]:
    called, arguments = t.text(node.Name), t.children(node)[1:]
    if called == "ago" and len(arguments) == 1:
        return _span_hours(arguments[0], lets), False
    if called == "now" and not arguments:
        return 0.0, False
    if called == "startofday" and arguments:
        hours, absolute = _hours_back(arguments[0], lets, depth - 1)
        return (None if hours is None else hours + 24), absolute
    return None, False


def _span_hours(node: Node, lets: Mapping[str, Node]) -> float | None:
    node = t.strip(node)
    if t.kind(node) in NAMES and t.name(node) in lets:
        node = t.strip(lets[t.name(node)])
    if t.kind(node) != "TimeSpanLiteralExpression":
        return None
    found = _TIMESPAN.fullmatch(t.text(node))
    if not found or found[2] not in _HOURS:
        return None
    return float(found[1]) * _HOURS[found[2]]
