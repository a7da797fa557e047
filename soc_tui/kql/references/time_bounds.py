"""Lower time bounds that operators set for all rows that flow into them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from soc_tui.kql.references.time_values import FUNCTION, Moment, Unreadable, Value, evaluate
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.model.verdict import Place

_QUOTING = re.compile(r"['\"`~\[\]@]")
_ROUNDING = frozenset({"bin", "floor"})
_NAMING = frozenset(
    {"NamedExpressionNameClause", "ParseOperatorNameAndOptionalType", "RowSchemaColumnDeclaration"}
)


@dataclass(frozen=True, slots=True)
class Bound:
    """A lower bound of a time column.

    Attributes:
        hours: How far back from now, hours; None when it is a date, or cannot be read.
        at: The fixed date, UTC.
    """

    column: str
    hours: float | None
    at: dt.datetime | None
    place: Place


def predicate_bounds(predicate: Node, known: Callable[[str], Value]) -> list[Bound]:
    """Lower bounds that a predicate sets whatever else it says: its parts that `and` joins.

    Args:
        known: The value of a let name or parameter; None for any other name.
    """
    return _bounds(predicate, known, _lower)


def upper_bounds(predicate: Node, known: Callable[[str], Value]) -> list[Bound]:
    """Upper bounds that a predicate sets whatever else it says, as `predicate_bounds`."""
    return _bounds(predicate, known, _upper)


def _bounds(
    predicate: Node,
    known: Callable[[str], Value],
    bound: Callable[[Node, Callable[[str], Value]], tuple[str, Node | None]],
) -> list[Bound]:
    bounds = []
    for condition in _conjuncts(predicate):
        column, value = bound(condition, known)
        if value is None:
            continue
        worth = evaluate(value, known)
        if isinstance(worth, Moment):
            bounds.append(Bound(column, worth.hours_back, worth.at, t.place(value)))
        elif isinstance(worth, Unreadable):
            bounds.append(Bound(column, None, None, t.place(value)))
    return bounds


def keeps_time_names(operator: Node) -> bool:
    """Whether an operator gives the name of a time column to nothing else."""
    pending = t.children(operator)
    while pending:
        node = pending.pop()
        if t.kind(node) in _NAMING:
            # A name in brackets may be spelled with escapes, or in parts: ['Time' 'Generated'].
            named = _QUOTING.sub("", t.text(node))
            if "\\" in named or any(column in named for column in TIME_COLUMNS):
                return False
        else:
            pending.extend(t.children(node))
    return True


def _conjuncts(node: Node) -> list[Node]:
    node = t.strip(node)
    if t.kind(node) == "LogicalAndExpression":
        return [part for below in t.children(node) for part in _conjuncts(below)]
    if t.kind(node) == "LogicalAndOperation":
        return _conjuncts(node.Right)
    return [node]


def _lower(node: Node, known: Callable[[str], Value]) -> tuple[str, Node | None]:
    """The time column and the value that a condition sets as its lower bound, if it does."""
    if t.kind(node) == "RelationalExpression":
        sign = node.OperatorToken.text
        if sign in {">", ">="} and (column := _column(node.Left, known)):
            return column, node.Right
        if sign in {"<", "<="} and (column := _column(node.Right, known)):
            return column, node.Left
    if t.kind(node) == "EqualityExpression" and (column := _column(node.Left, known)):
        tail = t.descend(node.Tail)
        if t.kind(tail) == "BetweenEqualityExpression" and tail.OperatorToken.text == "between":
            return column, tail.StartExpression
    return "", None


def _upper(node: Node, known: Callable[[str], Value]) -> tuple[str, Node | None]:
    """The time column and the value that a condition sets as its upper bound, if it does."""
    if t.kind(node) == "RelationalExpression":
        sign = node.OperatorToken.text
        if sign in {"<", "<="} and (column := _column(node.Left, known)):
            return column, node.Right
        if sign in {">", ">="} and (column := _column(node.Right, known)):
            return column, node.Left
    if t.kind(node) == "EqualityExpression" and (column := _column(node.Left, known)):
        tail = t.descend(node.Tail)
        if t.kind(tail) == "BetweenEqualityExpression" and tail.OperatorToken.text == "between":
            return column, tail.EndExpression
    return "", None


def _column(node: Node, known: Callable[[str], Value]) -> str:
    """The time column that a node is, or rounds down; "" for all else."""
    node = t.strip(node)
    is_call = t.kind(node) == "NamedFunctionCallExpression"
    if is_call and t.text(node.Name) in _ROUNDING and known(t.text(node.Name)) is not FUNCTION:
        node = t.strip(t.children(node)[1]) if len(t.children(node)) > 1 else node
    named = t.name(node) if t.kind(node) in NAMES else ""
    return named if named in TIME_COLUMNS else ""
