"""What the handlers of operators share: parts of an operator, and the columns that it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import Schema, Type
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import KqlType


def with_made(
    found: Schema, row: Schema, expression: Node, number: int, unnamed: str = "Column"
) -> Schema:
    """`found` with the columns that the `number`th expression makes of `row`."""
    made = made_columns(expression, number, unnamed)
    for name in made.names:
        kind = row.names.get(name) if not made.given else _type_of(expression, row)
        found = found.typed({name: kind})
    if made.all_columns:
        found = found.typed(row.names)
    found = found.plus((), made.also)
    return replace(found, open=found.open or made.more or (made.all_columns and row.open))


def _type_of(node: Node, row: Schema) -> Type:
    """The type of a named expression, where it is plain."""
    node = t.strip(t.descend(node).Expression)
    what = t.kind(node)
    if what == "NamedFunctionCallExpression":
        return _CALLED_TYPES.get(t.text(node.Name))
    return row.names.get(t.name(node)) if what in NAMES else _LITERAL_TYPES.get(what)


_LITERAL_TYPES = {
    "BooleanLiteralExpression": KqlType.BOOL,
    "DateTimeLiteralExpression": KqlType.DATETIME,
    "LongLiteralExpression": KqlType.LONG,
    "StringLiteralExpression": KqlType.STRING,
    "TimeSpanLiteralExpression": KqlType.TIMESPAN,
}
_CALLED_TYPES = {
    **dict.fromkeys(("strcat", "tolower", "tostring", "toupper"), KqlType.STRING),
    "tobool": KqlType.BOOL,
    "todatetime": KqlType.DATETIME,
    "todynamic": KqlType.DYNAMIC,
    "toint": KqlType.INT,
    "tolong": KqlType.LONG,
}


def declared_columns(node: Node) -> list[str]:
    """Names of the columns that a row schema below declares."""
    declared = nodes_below(node, "RowSchemaColumnDeclaration")
    return [t.name(t.descend(column.Name)) for column in declared]


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


def nodes_below(node: Node, rule: str) -> Iterable[Node]:
    """All nodes of a rule below, the first first; not those inside one another."""
    for below in t.children(node):
        if t.kind(below) == rule:
            yield below
        else:
            yield from nodes_below(below, rule)
