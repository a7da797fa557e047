"""Slips in what operators stand beside: tables, names of columns, keys of joins, types of steps.

Held against Microsoft's own parser (tests/oracle).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from soc_tui.kql.columns.schema import EMPTY, Type
from soc_tui.kql.slips.expressions import AGGREGATES, LITERALS, Expressions, Slip
from soc_tui.kql.slips.signatures import NAMES, NUMBERS
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.operator_parts import expressions_of, nodes_below, parted
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import KqlType

_JOIN_KINDS = frozenset(
    {"anti", "fullouter", "inner", "innerunique", "leftanti", "leftantisemi", "leftouter"}
    | {"leftsemi", "rightanti", "rightantisemi", "rightouter", "rightsemi"}
)
_SIDES = ("$left", "$right")


_VALUE_FIRST = re.compile(
    r"(?:\A|[(;={])\s*(?:[hH]?@?(?:'[^'\n]*'|\"[^\"\n]*\")|```.*?```|\d[\w.]*|true|false)\s*\|",
    re.DOTALL,
)


def value_sources(kql: str) -> Iterator[Slip]:
    """Pipes that begin with a value: `'x' | where …`."""
    left = [t.parse(kql)] if _VALUE_FIRST.search(kql) else []
    while left:
        node = left.pop()
        if t.is_pipe(node):
            values = Expressions(EMPTY, {})
            _check_table(t.children(node)[0], values)
            yield from values.slips
        left.extend(t.children(node))


def _check_table(node: Node, values: Expressions) -> None:
    inner = t.strip(node)
    if t.kind(inner) in LITERALS:
        message = f"A table is needed here, and this is {NAMES[LITERALS[t.kind(inner)]]}"
        values.slip(message, inner, "Write the name of a table, or print.")


def _check_union(node: Node, values: Expressions) -> None:
    for operand in nodes_below(node, "UnionOperatorExpression"):
        _check_table(operand, values)
    for parameter in node.Parameters:
        name, _, value = parted(parameter)
        if name == "isfuzzy" and value.lower() not in {"true", "false"}:
            values.slip("isfuzzy is true or false", parameter, "Write isfuzzy=true.")


def _check_join(node: Node, values: Expressions) -> None:
    for parameter in node.Parameters:
        name, _, join = parted(parameter)
        if name == "kind" and join and join.lower() not in _JOIN_KINDS:
            values.slip(f"{join} is no kind of join", parameter, "Did you mean leftouter?")
    _check_lookup(node, values)


def _check_lookup(node: Node, values: Expressions) -> None:
    word = node.start.text
    _check_table(node.Table, values)
    clause = node.OnClause
    keys = expressions_of(clause) if clause is not None else []
    if not keys and getattr(node, "WhereClause", None) is None:
        values.slip(f"{word} needs a key behind on", clause or node, "Write on DeviceId.")
    for key in keys:
        _check_key(word, key, values)


def _check_key(word: str, key: Node, values: Expressions) -> None:
    """A key is a name, or `$left.a == $right.b`, joined by `and` where there are several."""
    inner = t.strip(key)
    what = t.kind(inner)
    if what in t.NAMES or what == "LogicalAndExpression":
        return
    if what in LITERALS:
        values.slip(f"The key of a {word} is a column", inner, "Write its name without quotes.")
        return
    sides = [_side(below) for below in _compared(inner)]
    if sides and sides != list(_SIDES):
        message = f"The key of a {word} is $left.a == $right.b, in this order"
        values.slip(message, inner, "Write $left and $right before the columns.")


def _compared(equality: Node) -> list[Node]:
    if t.kind(equality) != "EqualityExpression":
        return []
    tail = t.descend(equality.Tail)
    return [equality.Left, *t.children(tail)] if t.kind(tail) == "EqualsEqualityExpression" else []


def _side(node: Node) -> str:
    inner = t.strip(node)
    if t.kind(inner) != "FunctionCallOrPathPathExpression":
        return ""
    return t.text(t.children(inner)[0])


def _check_renamed(node: Node, values: Expressions) -> None:
    for one in node.Expressions:
        inner = t.strip(one)
        if t.kind(inner) == "NamedExpression":
            _check_column("project-rename", inner.Expression, values)


def _check_drawn(node: Node, values: Expressions) -> None:
    _check_column(node.start.text, node.OfExpression, values)


def _check_column(word: str, node: Node, values: Expressions) -> None:
    inner = t.strip(node)
    if t.kind(inner) == "NamedExpression":
        inner = t.strip(inner.Expression)
    if t.kind(inner) in LITERALS or "CallExpression" in t.kind(inner):
        message = f"{word} takes the name of a column here"
        values.slip(message, inner, "Make the column with extend first.")


def _check_nested(node: Node, values: Expressions) -> None:
    segments = node.Segments if t.kind(node) == "TopNestedOperator" else [node]
    values.aggregates = True
    for segment in segments:
        if segment.Expression is not None:
            kind = values.type_of(segment.Expression)
            if kind is not None and kind not in NUMBERS | {KqlType.DYNAMIC}:
                values.slip("top-nested needs a number", segment.Expression)
        by = t.strip(segment.ByExpression)
        by = t.strip(t.children(by)[0]) if t.kind(by) == "OrderedExpression" else by
        values.type_of(by)
        inner = t.strip(by.Expression) if t.kind(by) == "NamedExpression" else by
        if t.kind(inner) == "NamedFunctionCallExpression":
            called = called_name(inner)
            if called not in AGGREGATES and called not in values.scope:
                values.slip("top-nested needs an aggregate here", inner, "Write count() or max(…).")


def _check_reduced(node: Node, values: Expressions) -> None:
    for parameter in node.Parameters:
        name, _, value = parted(parameter)
        if name == "kind" and value != "source":
            values.slip("reduce knows no kind but source", parameter, "Leave it out.")
    kind = values.type_of(node.ByExpression)
    if kind not in {None, KqlType.STRING}:
        values.slip(f"reduce works on text, and this is {NAMES[kind]}", node.ByExpression)


def _check_evaluate(node: Node, values: Expressions) -> None:
    called, *arguments = t.children(t.descend(node.PlugInCall))
    plugin = t.text(called)
    if plugin == "bag_unpack":
        if not arguments:
            values.slip("bag_unpack() takes the name of a column", node)
            return
        _check_unpacked(arguments[0], values)
    elif plugin == "pivot":
        if not arguments:
            values.slip("pivot() takes the column whose values become columns", node)
            return
        _check_column("pivot()", arguments[0], values)
        values.aggregates = True
        for argument in arguments[1:2]:
            values.type_of(argument)


def _check_unpacked(argument: Node, values: Expressions) -> None:
    bag = t.descend(argument)
    if t.kind(t.strip(bag)) not in t.NAMES:
        message = "bag_unpack() takes the name of a column"
        values.slip(message, t.strip(bag), "Make the column with extend first.")
    elif t.kind(bag) == "ParenthesizedExpression":
        values.slip("bag_unpack() takes a name without brackets", bag)


def _check_series(node: Node, values: Expressions) -> None:
    axis = values.type_of(node.OnClause.Expression)
    clause = node.InRangeClause or node.FromToStepClause
    for end in (clause.FromExpression, clause.ToExpression):
        kind = values.type_of(end) if end is not None else None
        if axis is KqlType.DATETIME and kind is not None and kind in _SEVERAL.keys() - {axis}:
            values.slip(f"make-series runs over times, and this is {NAMES[kind]}", end)
    step = values.type_of(clause.StepExpression)
    if _odd_step(axis, step) and axis is not None and step is not None:
        message = f"Steps over {_SEVERAL[axis]} are not {_SEVERAL[step]}"
        values.slip(message, clause.StepExpression, "Write a step like 1h.")
    values.aggregates = True
    for one in node.Aggregations:
        values.type_of(one.Expression)


_SEVERAL = {
    KqlType.DATETIME: "times",
    KqlType.TIMESPAN: "lengths of time",
    **dict.fromkeys(NUMBERS, "numbers"),
}


def _odd_step(axis: Type, step: Type) -> bool:
    if axis is KqlType.DATETIME:
        return step in NUMBERS
    return axis in NUMBERS and step is KqlType.TIMESPAN


def own_arguments(
    node: Node, given: int, names: list[str], needed: int
) -> Iterator[tuple[str, Node]]:
    """What is wrong with the arguments of a function that the query declares.

    Args:
        given: How many of the first parameters are not among the arguments.
        names: Those of its parameters, in order.
        needed: How many of them have no default.
    """
    arguments = [t.descend(one) for one in t.children(node)[1:]]
    count = given + len(arguments)
    called = called_name(node)
    if not needed <= count <= len(names):
        takes = str(needed) if needed == len(names) else f"{needed} to {len(names)}"
        plural = "" if takes == "1" else "s"
        behind = "" if not given else ", one of them the rows before it"
        yield f"{called}() takes {takes} argument{plural}{behind}, and has {count}", node
        return
    for argument in arguments:
        clause = t.child(argument, "NamedExpressionNameClause")
        name = t.name(t.descend(clause.Name)) if clause is not None and clause.Name else ""
        if name and name not in names:
            yield f"{called}() has no parameter {name!a}", argument


CHECKS: Mapping[str, Callable[[Node, Expressions], None]] = {
    "EvaluateOperator": _check_evaluate,
    "JoinOperator": _check_join,
    "LookupOperator": _check_lookup,
    "MakeSeriesOperator": _check_series,
    "ProjectRenameOperator": _check_renamed,
    "ReduceByOperator": _check_reduced,
    "SampleDistinctOperator": _check_drawn,
    "TopHittersOperator": _check_drawn,
    "TopNestedOperator": _check_nested,
    "TopNestedOperatorPart": _check_nested,
    "UnionOperator": _check_union,
}
"""By the grammar's rule."""
