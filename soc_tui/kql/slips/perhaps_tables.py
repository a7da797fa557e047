"""Names that the service may take for tables, where the text does not tell what columns there are.

Behind `bag_unpack` and its like any name may be a column. The service takes one that is a table's
for the table where it knows nothing of the type that is asked for: beside another value of no known
type, in an index, in the clauses of a few operators. Everywhere else it says that a value is
expected. Which is which was held against Microsoft's own parser (tests/oracle).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from soc_tui.kql.reading.result import LooseName, Reading
from soc_tui.kql.slips.expressions import Expressions
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import KqlType

_OPERATIONS = frozenset(
    {
        "AdditiveExpression",
        "EqualityExpression",
        "LogicalAndExpression",
        "LogicalOrExpression",
        "MultiplicativeExpression",
        "RelationalExpression",
        "StringBinaryOperatorExpression",
    }
)
_UNTYPED = frozenset(
    {
        "FunctionCallOrPathElementOperation",
        "GraphMatchProjectClause",
        "MakeSeriesOperatorExpressionDefaultClause",
        "MakeSeriesOperatorFromToStepClause",
        "ScanOperatorAssignment",
        "ScanOperatorOrderByClause",
        "ScanOperatorPartitionByClause",
        "ScanOperatorStep",
    }
)
"""Where the service asks for no type."""
_PASSED_ON = frozenset(
    {
        "AdditiveOperation",
        "BetweenEqualityExpression",
        "EqualsEqualityExpression",
        "LogicalAndOperation",
        "LogicalOrOperation",
        "MultiplicativeOperation",
        "NamedExpression",
        "OrderedExpression",
        "ParenthesizedExpression",
        "StringBinaryOperation",
    }
)
"""Parts of an operation, and what stands around a whole one."""


def perhaps_tables(kql: str, reading: Reading) -> Iterator[LooseName]:
    """The names of a query that was read which the service may take for tables."""
    above = _nodes_above(t.parse(kql)) if reading.loose else {}
    for one in reading.loose:
        if _may_be_table(one, above):
            yield one


def _nodes_above(root: Node) -> dict[int, Node]:
    """For each node, by its id, the one that it is part of."""
    above = {}
    left = [root]
    while left:
        node = left.pop()
        for below in t.children(node):
            above[id(below)] = node
            left.append(below)
    return above


def _may_be_table(one: LooseName, above: Mapping[int, Node]) -> bool:
    below, node = one.node, above.get(id(one.node))
    while node is not None:
        what = t.kind(node)
        if what in _UNTYPED:
            # What a step of `scan` is called is no value; what it sets is looked for as one.
            return t.kind(below) != "ParameterName" or what == "ScanOperatorAssignment"
        if len(node.children) > 1:
            if what in _OPERATIONS:
                return _beside_nothing_told(node, below, one)
            if what not in _PASSED_ON:
                return False
        below, node = node, above.get(id(node))
    return False


def _beside_nothing_told(operation: Node, operand: Node, one: LooseName) -> bool:
    """Whether the type of no other operand is known."""
    types = Expressions(one.row, one.scope)
    others = [other for other in t.children(operation) if other is not operand]
    return all(types.type_of(value) in _UNTOLD for other in others for value in _values(other))


def _values(operand: Node) -> list[Node]:
    """The values of one side of an operation, which may stand behind its sign."""
    if t.kind(operand) not in _PASSED_ON:
        return [operand]
    return [below for below in t.children(operand) if t.kind(below) != "StringBinaryOperator"]


_UNTOLD = frozenset({None, KqlType.DYNAMIC})
