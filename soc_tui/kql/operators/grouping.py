"""Operators that make one row of several: groups, counts, series."""

from __future__ import annotations

from soc_tui.kql.columns.made import with_made
from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import EMPTY, Schema, joined
from soc_tui.kql.operators.entry import (
    Completing,
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    always,
    never,
)
from soc_tui.kql.operators.projecting import read_project
from soc_tui.kql.phrases.expressions import listed, named, short, value
from soc_tui.kql.phrases.operands import computed_text, plain
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import expressions_of, nodes_below, parted
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import FUNCTIONS, REACHING_FUNCTIONS, is_parameter
from soc_tui.model.catalog import KqlType


def _read_summarize(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    clause = node.ByClause
    groups = expressions_of(clause) if clause is not None else []
    # What `*` of arg_max(x, *) leaves out, as it is there already.
    keys = [t.name(key) for key in map(t.strip, groups) if t.kind(key) in NAMES]
    found, rest = EMPTY, row.without(keys)
    for number, expression in enumerate((*groups, *expressions_of(node)), 1):
        walk.value(expression, row, scope)
        made = with_made(EMPTY, row if number <= len(groups) else rest, expression, number)
        found = joined(found, made)
    return found


def _read_distinct(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    return row if node.Star is not None else read_project(walk, node.ColumnList, row, scope, inflow)


def _read_count(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.values(t.children(node), row, scope)
    return Schema({"Count": None})


def _read_make_series(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    for below in t.children(node):
        if t.kind(below) == "RelaxedQueryOperatorParameter":
            _read_series_parameter(walk, below)
        else:
            walk.value(below, row, scope)
    expressions = [below.Expression for below in node.Aggregations]
    # The grammar takes `n = f(x)` for a parameter `n = f` and a value in brackets.
    first = [name for name, _, _ in map(parted, node.Parameters) if not is_parameter(name)]
    expressions = expressions[len(first) :]
    expressions.append(node.OnClause.Expression)
    found = EMPTY.plus(first)
    for number, expression in enumerate(expressions, 1):
        found = with_made(found, row, expression, number)
    found = found.typed(dict.fromkeys(found.names, KqlType.DYNAMIC))  # an array a series
    by = expressions_of(node.ByClause) if node.ByClause is not None else []
    for number, expression in enumerate(by, len(expressions) + 1):
        found = with_made(found, row, expression, number)
    return found


def _read_series_parameter(walk: Walk, node: Node) -> None:
    walk.done(node)
    name, _, called = parted(node)
    if is_parameter(name):
        return
    if called.lower() in REACHING_FUNCTIONS:
        walk.report(node, called, ReferenceKind.REACHING)
    elif called not in FUNCTIONS:
        walk.report(node, called, ReferenceKind.FUNCTION)


def _read_top_nested(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.values(t.children(node), row, scope)
    found = EMPTY
    # An operator with one part is that part alone in the tree.
    for part in [node] if t.kind(node) == "TopNestedOperatorPart" else node.Segments:
        before = found
        found = with_made(found, row, part.OfExpression, 1)
        made = made_columns(part.ByExpression.Expression, 1)
        of = [name for name in found.names if name not in before.names]
        names = made.names if made.given else [f"aggregated_{name}" for name in of]
        found = found.plus(names, made.names)
    return found


def _read_top_hitters(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.values(t.children(node), row, scope)
    found = with_made(EMPTY, row, node.OfExpression, 1)
    counted = [f"approximate_count_{name}" for name in found.names]
    summed = [f"approximate_sum_{name}" for name in row.names]
    return found.plus(counted, summed)


def _read_reduce(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.value(node.ByExpression, row, scope)
    return Schema(dict.fromkeys(("Pattern", "Count", "Representative")))


def _gives_one_row(node: Node) -> bool:
    return t.child(node, "SummarizeOperatorByClause") is None


def _summarize(node: Node) -> str:
    by = t.child(node, "SummarizeOperatorByClause")
    made = [child for child in plain(node) if child is not by]
    keys = [_key(child) for child in t.children(by)] if by is not None else []
    if not made and not keys:
        return "Collapse all rows into one row without columns."
    if not made:
        return f"Return each distinct combination of {listed(keys)} once."
    computed = computed_text(made)
    if not keys:
        return f"Collapse all rows into one: {computed}."
    return (
        f"Group the rows by {listed(keys)}, and return one row per group: {computed}. "
        "All other columns are dropped."
    )


def _key(node: Node) -> str:
    name, expression = named(node)
    return f"{name} ({value(expression)})" if name else value(expression)


def _count(_: Node) -> str:
    return "Count the rows: one row with one number, Count."


def _distinct(node: Node) -> str:
    target = t.children(node)[-1]
    if t.kind(target) == "DistinctOperatorStarTarget":
        return "Return each distinct row once."
    columns = listed([value(child) for child in t.children(target)])
    return f"Return each distinct combination of {columns} once; all other columns are dropped."


def _make_series(node: Node) -> str:
    made = computed_text(
        [t.children(one)[0] for one in nodes_below(node, "MakeSeriesOperatorAggregation")]
    )
    on = next(nodes_below(node, "MakeSeriesOperatorOnClause"), None)
    steps = next(nodes_below(node, "MakeSeriesOperatorFromToStepClause"), None)
    by = next(nodes_below(node, "MakeSeriesOperatorByClause"), None)
    axis = f" along {value(t.children(on)[0])}" if on is not None else ""
    ends = t.children(steps) if steps is not None else []
    span = f" from {value(ends[0])} to {value(ends[1])}" if len(ends) == 3 else ""
    step = f" in steps of {value(ends[-1])}" if ends else ""
    each = f", one series per {listed([_key(k) for k in t.children(by)])}" if by else ""
    return f"Make time series{axis}{span}{step}{each}: {made}."


def _top_nested(node: Node) -> str:
    levels = [short(part) for part in nodes_below(node, "TopNestedOperatorPart")] or [short(node)]
    return f"Take the top values level by level: {listed(levels)}."


def _top_hitters(node: Node) -> str:
    number, column = plain(node)[:2]
    by = t.child(node, "TopHittersOperatorByClause")
    weight = f", weighted by {value(t.children(by)[0])}" if by is not None else ""
    return (
        f"Return the {value(number)} most frequent values of {value(column)}{weight} (estimated)."
    )


def _reduce(node: Node) -> str:
    return f"Group the texts of {value(plain(node)[0])} that look alike, and count them."


GROUPING = (
    Operator(
        rule="SummarizeOperator",
        words=("summarize",),
        read=_read_summarize,
        keeps_time=never,
        rows=Rows.NO_MORE,
        few=_gives_one_row,
        phrase=_summarize,
        completing=Completing(ranks=(4,), behind=("by",), aggregates=True),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="DistinctOperator",
        words=("distinct",),
        read=_read_distinct,
        keeps_time=never,
        rows=Rows.NO_MORE,
        phrase=_distinct,
        completing=Completing(ranks=(8,)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="CountOperator",
        words=("count",),
        read=_read_count,
        keeps_time=never,
        rows=Rows.NO_MORE,
        few=always,
        phrase=_count,
        completing=Completing(ranks=(9,)),
        local=Local.RUNS,
    ),
    Operator(
        rule="MakeSeriesOperator",
        words=("make-series",),
        read=_read_make_series,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_make_series,
        completing=Completing(behind=("on", "from", "to", "step", "by"), aggregates=True),
        local=Local.RUNS,
    ),
    Operator(
        rule="TopNestedOperator",
        words=("top-nested",),
        part_rule="TopNestedOperatorPart",
        read=_read_top_nested,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_top_nested,
        local=Local.RUNS,
    ),
    Operator(
        rule="TopHittersOperator",
        words=("top-hitters",),
        read=_read_top_hitters,
        keeps_time=never,
        rows=Rows.NO_MORE,
        phrase=_top_hitters,
        local=Local.RUNS,
    ),
    Operator(
        rule="ReduceByOperator",
        words=("reduce",),
        read=_read_reduce,
        keeps_time=never,
        rows=Rows.NO_MORE,
        phrase=_reduce,
        local=Local.NOT,
        why_not="Count by what is alike instead: summarize count() by replace_regex(…).",
    ),
)
