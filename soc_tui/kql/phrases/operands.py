"""Operands of an operator in words: what it computes, its columns, its number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from soc_tui.kql.phrases.expressions import condition, listed, named, value
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.wording import number_of

_PARAMETERS = frozenset(
    {"ParseOperatorKindClause", "RelaxedQueryOperatorParameter", "StrictQueryOperatorParameter"}
)


def plain(node: Node) -> list[Node]:
    """Children that are no `name=value` parameters."""
    return [child for child in t.children(node) if t.kind(child) not in _PARAMETERS]


def operands(node: Node) -> list[Node]:
    """Tables and queries that a join, lookup or union names."""
    return [c for c in plain(node) if t.kind(c) not in {"JoinOperatorOnClause"}]


def is_piped(node: Node) -> bool:
    """Whether it is a query with operators, in brackets or not."""
    return t.is_pipe(t.strip(node))


def computed_text(nodes: Sequence[Node]) -> str:
    """What is made: "n: the number of rows; host: DeviceName as text"."""
    parts = []
    for node in nodes:
        name, expression = named(node)
        words = condition(expression) if _is_test(expression) else value(expression)
        parts.append(f"{name}: {words}" if name else words)
    return "; ".join(parts)


def _is_test(node: Node) -> bool:
    return t.kind(t.strip(node)) in {
        "EqualityExpression",
        "LogicalAndExpression",
        "LogicalOrExpression",
        "RelationalExpression",
        "StringBinaryOperatorExpression",
    }


def columns_text(names: Sequence[str]) -> str:
    """ "the columns a and b"."""
    return f"the column{'' if len(names) == 1 else 's'} {listed(names)}"


def rows_text(node: Node) -> str:
    """ "1,000 rows" of a number, "n rows" of a name."""
    number = value(node)
    return number_of(int(number), "row") if number.isdecimal() else f"{number} rows"


def is_or_are(count: int) -> str:
    """The verb for so many."""
    return "is" if count == 1 else "are"
