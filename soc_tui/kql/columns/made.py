"""The columns that an operator's expressions make, with their types where they are plain."""

from __future__ import annotations

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
        kind = _type_of(expression, row) if made.given else _type_kept(name, expression, row)
        found = found.typed({name: kind})
    if made.all_columns:
        rest = row.without(_extreme_of(expression)) if made.given else row
        found = found.typed(rest.names)
    found = found.plus((), made.also)
    return replace(found, open=found.open or made.more or (made.all_columns and row.open))


def _extreme_of(node: Node) -> list[str]:
    """The column that `*` of `a = arg_max(x, *)` leaves out: it has another name."""
    call = t.strip(t.descend(node).Expression)
    first = t.strip(t.children(call)[1])
    is_extreme = t.text(call.Name).startswith("arg")
    return [t.name(first)] if is_extreme and t.kind(first) in NAMES else []


def _type_kept(name: str, node: Node, row: Schema) -> Type:
    """The type of a column that has the name of one before it, where no name was given."""
    node = t.strip(node)
    if t.kind(node) != "NamedFunctionCallExpression":
        return row.names.get(name) if t.kind(node) in NAMES else None
    called = t.text(node.Name)
    kept = called in _TYPE_KEEPING or called.startswith("arg")
    return row.names.get(name) if kept else _CALLED_TYPES.get(called)


_TYPE_KEEPING = frozenset({"any", "anyif", "bin", "bin_at", "floor", "take_any", "take_anyif"})


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
    **dict.fromkeys(
        ("dynamic_to_json", "strcat", "tolower", "tostring", "toupper"), KqlType.STRING
    ),
    **dict.fromkeys(("ago", "now", "startofday", "endofday"), KqlType.DATETIME),
    "tobool": KqlType.BOOL,
    "todatetime": KqlType.DATETIME,
    "todynamic": KqlType.DYNAMIC,
    "toint": KqlType.INT,
    "tolong": KqlType.LONG,
}
