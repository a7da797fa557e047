"""Parts of an operator's node: its expressions, parameters, and what stands deeper in it."""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node


def expressions_of(node: Node) -> list[Node]:
    """The expressions that the grammar labels so."""
    return list(node.Expressions)


def parameter_value(node: Node, name: str) -> str:
    """The value of a parameter like `kind=inner`; "" without it."""
    for parameter in node.Parameters or ():
        given, _, value = parted(parameter)
        if given == name:
            return value
    return ""


def parted(parameter: Node) -> tuple[str, str, str]:
    """Name, sign and value of a parameter."""
    return t.text(parameter).partition("=")


def nodes_below(node: Node, rule: str) -> Iterator[Node]:
    """All nodes of a rule below, the first first; not those inside one another."""
    for below in t.children(node):
        if t.kind(below) == rule:
            yield below
        else:
            yield from nodes_below(below, rule)


def declared_columns(node: Node) -> list[str]:
    """Names of the columns that a row schema below declares."""
    declared = nodes_below(node, "RowSchemaColumnDeclaration")
    return [t.name(t.descend(column.Name)) for column in declared]


def sub_operators(node: Node) -> list[Node]:
    """The operators of a subquery that has no source: of `partition`, `mv-apply`."""
    node = t.descend(node)
    if t.kind(node) != "PipeSubExpression":
        return [node]
    return [t.descend(node.Expression), *(t.descend(one.Operator) for one in node.PipedOperators)]


def branch_operators(node: Node) -> list[Node]:
    """The operators of one branch of `fork` or `facet`."""
    first, *piped = t.children(node)
    return [t.descend(first), *(t.descend(one.Operator) for one in piped)]


def listed_sources(clause: Node) -> list[Node]:
    """What `in (A, B)` of a `search` or `find` names."""
    found = []
    for source in t.children(clause):
        entity = t.descend(source)
        is_inner = t.kind(entity) == "FindOperatorSourceEntityExpression"
        found.append(entity.Entity if is_inner else entity)
    return found


def column_patterns(node: Node) -> list[str]:
    """The names and patterns of a list of columns: `a`, `Device*`."""
    return [
        t.name(named) if t.kind(named) in NAMES else t.text(named)
        for named in (t.descend(column) for column in t.children(node))
    ]
