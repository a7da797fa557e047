"""Operators of KQL's parse tree that duckdb_kql 1.1.2 lacks or reads otherwise."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import duckdb_kql
from duckdb_kql import ir, lower

from soc_tui.workspaces.local.dialect import scan, top_nested
from soc_tui.workspaces.local.dialect.groups import (
    Applied,
    Limited,
    Partitioned,
    Reordered,
    Sampled,
)
from soc_tui.workspaces.local.dialect.scalars import as_type
from soc_tui.workspaces.local.dialect.series import MakeSeries

Lowered = ir.Operator | list[ir.Operator] | None
_KV = "__kv"


def expanded_by_name(made: Any) -> list[ir.Operator]:
    """`mv-expand a = b` as `extend a = b | mv-expand a`: b may be the name of a let."""
    given = [one for one in made.targets if one.name and one.name != one.column]
    if not given:
        return [made]
    extend = ir.Extend(tuple(ir.NamedExpr(ir.ColumnRef(one.column), one.name) for one in given))
    targets = tuple(
        ir.MvExpandTarget(one.name or one.column, None, one.to_type) for one in made.targets
    )
    return [extend, dataclasses.replace(made, targets=targets)]


def _serialize(node: Any) -> Lowered:
    expressions = tuple(lower._lower_named(one) for one in node.namedExpression())
    return ir.Extend(expressions) if expressions else []


def _take(node: Any) -> Lowered:
    count = lower._lower_expr(lower._rule_children(node)[-1])
    if isinstance(count, ir.Literal) and isinstance(count.value, int):
        return ir.Take(int(count.value))
    return Limited(count)


def _top(node: Any) -> Lowered:
    kids = [one for one in lower._rule_children(node) if "Parameter" not in lower._cls(one)]
    if len(kids) != 2:
        raise lower._unsupported(node, "top")
    count, key = lower._lower_expr(kids[0]), lower._lower_sort_key(kids[1])
    if isinstance(count, ir.Literal) and isinstance(count.value, int):
        return ir.Top(int(count.value), (key,))
    return Limited(count, (key,))


def _sub_query(node: Any) -> list[ir.Operator]:
    """The operators of a query in brackets that goes on with the rows around it."""
    inner = node
    while lower._cls(inner) != "PipeSubExpression":
        below = lower._rule_children(inner)
        if len(below) != 1:
            raise lower._unsupported(node)
        inner = below[0]
    nodes = lower._rule_children(inner)
    return list(lower._lower_operators(nodes))


def _mv_apply(node: Any) -> Lowered:
    expanded = [
        one
        for one in lower._rule_children(node)
        if lower._cls(one) != "ContextualSubExpression"
        and lower._cls(one) != "MvapplyOperatorIdClause"
    ]
    expand = lower._lower_mv_expand(node, expanded)
    operators = tuple(expand) if isinstance(expand, list) else _by_name(expand)
    last = operators[-1]
    gone = [one.name or one.column for one in last.targets] if isinstance(last, ir.MvExpand) else []
    gone += [last.item_index] if isinstance(last, ir.MvExpand) and last.item_index else []
    return Applied(operators, tuple(_sub_query(node.OnExpression)), tuple(gone))


def _by_name(expand: ir.Operator) -> tuple[ir.Operator, ...]:
    return tuple(expanded_by_name(expand)) if isinstance(expand, ir.MvExpand) else (expand,)


def _partition(node: Any) -> Lowered:
    if node.SubExpressionBody is None or node.InClause is not None:
        raise lower._unsupported(node, "partition")
    by = lower._lower_expr(node.ByExpression)
    return Partitioned(by, tuple(_sub_query(node.SubExpressionBody.SubExpression)))


def _make_series(node: Any) -> Lowered:
    aggregates, defaults = [], []
    misread = _misread_name(node)
    for at, one in enumerate(node.makeSeriesOperatorAggregation()):
        kids = lower._rule_children(one)
        whole = at == 0 and misread is not None
        aggregates.append(_reread(misread, kids[0]) if whole else lower._lower_named(kids[0]))
        value: ir.Expr = ir.Literal(0, "long")
        for below in kids[1:]:
            value = lower._lower_expr(lower._rule_children(below)[-1])
        defaults.append(value)
    axis = lower._lower_named(node.OnClause.Expression)
    start = stop = None
    closed = node.InRangeClause is not None
    clause = node.InRangeClause or node.FromToStepClause
    if clause.FromExpression is not None:
        start = lower._lower_expr(clause.FromExpression)
    if clause.ToExpression is not None:
        stop = lower._lower_expr(clause.ToExpression)
    step = lower._lower_expr(clause.StepExpression)
    by = tuple(
        lower._lower_named(one)
        for one in (lower._rule_children(node.ByClause) if node.ByClause is not None else ())
    )
    always = "kind=nonempty" in node.getText().replace(" ", "")
    return MakeSeries(
        tuple(aggregates), tuple(defaults), axis, start, stop, step, by, closed, always
    )


def _misread_name(node: Any) -> Any | None:
    """The `n = f` that the grammar takes for a parameter of the operator."""
    for parameter in node.relaxedQueryOperatorParameter():
        name = parameter.getText().partition("=")[0]
        if name != "kind" and not name.startswith("hint."):
            return parameter
    return None


def _reread(start: Any, end: Any) -> ir.NamedExpr:
    stream = start.start.getInputStream()
    text = stream.getText(start.start.start, end.stop.stop)
    tree = duckdb_kql.parse(f"print {text}").tree
    return lower._lower_named(lower._rule_children(lower._find_all(tree, "PrintOperator")[0])[0])


def _parse_kv(node: Any) -> Lowered:
    """The pairs as a bag, made in Python, and a column of each key."""
    options: dict[str, str] = {}
    if node.WithClause is not None:
        for below in lower._rule_children(node.WithClause):
            name, _, value = below.getText().partition("=")
            options[name.strip().lower()] = (
                lower._string_value(value) if value[:1] in "\"'@hH" else value
            )
    columns = [
        (lower._find_names(below)[0], below.getText().rpartition(":")[2])
        for below in lower._rule_children(node.Keys)
    ]
    text = lower._lower_expr(lower._rule_children(node)[0])
    asked = json.dumps({**options, "__keys": [name for name, _ in columns]})
    bag = ir.FunctionCall("parse_kv", (text, ir.Literal(asked, "string")))
    kept = ir.Extend((ir.NamedExpr(bag, _KV),))
    read = tuple(
        ir.NamedExpr(
            as_type(ir.PathAccess(ir.ColumnRef(_KV), (ir.PathStep(name=name),)), kind), name
        )
        for name, kind in columns
    )
    return [kept, ir.Extend(read), ir.ProjectAway((_KV,))]


def _project_reorder(node: Any) -> Lowered:
    names = lower._find_names(node)
    if not names or any(sign in node.getText() for sign in ("*", "granny")):
        raise lower._unsupported(node, "project-reorder")
    return Reordered(tuple(names))


def _sample(node: Any) -> Lowered:
    return Sampled(lower._lower_expr(node.Expression))


def _sample_distinct(node: Any) -> Lowered:
    return Sampled(lower._lower_expr(node.Expression), lower._lower_named(node.OfExpression))


def _top_hitters(node: Any) -> Lowered:
    by = getattr(node, "ByClause", None)
    kids = lower._rule_children(node)
    value = lower._lower_expr(lower._rule_children(by)[0]) if by is not None else None
    return Sampled(lower._lower_expr(kids[0]), lower._lower_named(kids[1]), value, hitters=True)


OPERATORS: dict[str, Callable[[Any], Lowered]] = {
    "MakeSeriesOperator": _make_series,
    "MvapplyOperator": _mv_apply,
    "ParseKvOperator": _parse_kv,
    "PartitionOperator": _partition,
    "ProjectReorderOperator": _project_reorder,
    "SampleDistinctOperator": _sample_distinct,
    "SampleOperator": _sample,
    "ScanOperator": scan.lowered,
    "SerializeOperator": _serialize,
    "TakeOperator": _take,
    "TopHittersOperator": _top_hitters,
    "TopNestedOperator": top_nested.lowered,
    "TopNestedOperatorPart": top_nested.lowered,
    "TopOperator": _top,
}
"""By the grammar's rule."""
