"""Operators that run other operators, functions or plugins on their rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, joined
from soc_tui.kql.operators.entry import Completing, Inflow, Local, Operator, Rows, Walk, never
from soc_tui.kql.phrases.expressions import listed, short, value
from soc_tui.kql.phrases.operands import plain
from soc_tui.kql.references.bindings import Binding, Scope, What
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import argument_value
from soc_tui.kql.syntax.operator_parts import (
    branch_operators,
    declared_columns,
    nodes_below,
    parameter_value,
    sub_operators,
)
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import LOOKUP_PLUGINS, PLUGINS

_PLUGINS = {
    "autocluster": "find common patterns of values in the rows",
    "bag_unpack": "make a column from each key of a property bag",
    "basket": "find values that often occur together",
    "diffpatterns": "find what differs between two sets of rows",
    "narrow": "turn the columns into rows of name and value",
    "pivot": "turn the values of a column into columns",
    "ipv4_lookup": "look up IPv4 addresses in a table of networks",
    "ipv6_lookup": "look up IP addresses in a table of networks",
}


# What plugins that find patterns put before the columns of the rows.
_ADDED = {
    "autocluster": ("SegmentId", "Count", "Percent"),
    "basket": ("SegmentId", "Count", "Percent"),
    "diffpatterns": ("SegmentId", "CountA", "CountB", "PercentA", "PercentB", "PercentDiffAB"),
}


def read_subquery(walk: Walk, node: Node, row: Schema, scope: Scope) -> Schema:
    """Operators in brackets that run on rows of the pipe around them."""
    operators = sub_operators(node)
    return walk.operators(operators, row, scope, branch=len(operators) == 1)


def _read_partition(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.value(node.ByExpression, row, scope)
    if node.SubExpressionBody is not None:
        return read_subquery(walk, node.SubExpressionBody.SubExpression, row, scope)
    column = t.strip(node.ByExpression)
    by = {t.name(column): Binding(What.COLUMN)} if t.kind(column) in NAMES else {}
    return walk.table(node.FullExpressionBody.Expression, {**by, **scope})


def _read_fork(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    for branch in t.children(node):
        walk.operators(branch_operators(branch.Expression), row, scope, branch=True)
    return OPEN


def _read_facet(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.values(node.Entities, row, scope)
    if node.WithExpressionClause is not None:
        operators = branch_operators(node.WithExpressionClause.Expression)
        walk.operators(operators, row, scope, branch=True)
    elif node.WithOperatorClause is not None:
        operator = t.descend(node.WithOperatorClause.Operator)
        walk.operators([operator], row, scope, branch=True)
    return OPEN


def _read_scan(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    if node.PartitionByClause is not None:
        walk.values(node.PartitionByClause.Expressions, row, scope)
    if node.OrderByClause is not None:
        walk.values(node.OrderByClause.Expressions, row, scope)
    declared = [t.name(t.descend(one.Name)) for one in nodes_below(node, "ScalarParameter")]
    found = row.plus(declared)
    steps = [t.name(t.descend(step.Name)) for step in node.Steps]
    inner = found.plus((), steps)
    for step in node.Steps:
        walk.value(step.Expression, inner, scope)
        for assignment in step.Body.Assignments if step.Body is not None else ():
            if t.name(t.descend(assignment.Name)) in declared:
                walk.done(assignment.Name)
            else:
                walk.value(assignment.Name, found, scope)  # the service looks for it as a value
            walk.value(assignment.Expression, inner, scope)
    added = [parameter_value(node, name) for name in ("with_match_id", "with_step_name")]
    return found.plus(name for name in added if name)


def _read_invoke(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    call = t.descend(node.FunctionCall)
    if t.kind(call) != "NamedFunctionCallExpression":
        return OPEN
    return walk.call(call, row, scope, given=1) or OPEN


def _read_evaluate(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    call = t.descend(node.PlugInCall)
    _, *arguments = t.children(call) or [call]
    plugin = _plugin(walk, call)
    lookup = EMPTY
    if plugin in LOOKUP_PLUGINS and arguments:
        _, table = argument_value(arguments[0], 0, {"table": True})
        lookup = walk.table(table, scope, brackets=True)
        walk.values(arguments[1:2], row, scope)
        walk.values(arguments[2:], joined(row, lookup), scope)
    else:
        walk.values(arguments, OPEN if row is EMPTY else row, scope)
    if node.SchemaClause is not None:
        return row.plus(declared_columns(node.SchemaClause))
    if plugin in _ADDED:
        return Schema({**dict.fromkeys(_ADDED[plugin]), **row.names}, row.also, row.open)
    if plugin == "narrow":
        return Schema(dict.fromkeys(("Row", "Column", "Value")))
    if plugin == "pivot":
        row = _pivoted(row, arguments)
    return joined(row, lookup) if lookup is not EMPTY else row.opened()


def _pivoted(row: Schema, arguments: Sequence[Node]) -> Schema:
    """What is left beside the columns made of values: those listed, or all that are not used."""
    used, kept = (
        [t.name(one) for argument in part for one in _names(argument)]
        for part in (arguments[:2], arguments[2:])
    )
    return row.only(kept) if kept else row.without(used)


def _names(node: Node) -> Iterator[Node]:
    inner = t.strip(node)
    if t.kind(inner) in NAMES:
        yield inner
    elif t.kind(inner) == "NamedFunctionCallExpression":
        for argument in t.children(inner)[1:]:
            yield from _names(argument)


def _plugin(walk: Walk, call: Node) -> str:
    named = call.Name if t.kind(call) == "NamedFunctionCallExpression" else call
    called = t.name(t.descend(named))
    if called not in PLUGINS:
        walk.report(named, called, ReferenceKind.PLUGIN)
    walk.done(call)
    return called


def _partition(node: Node) -> str:
    return f"Split the rows by {value(plain(node)[0])}, and do this with each part separately:"


def _fork(_: Node) -> str:
    return "Return several results from the same rows:"


def _facet(node: Node) -> str:
    columns = [value(c) for c in t.children(node) if not t.kind(c).startswith("FacetByOperatorW")]
    return f"Return, for each of {listed(columns)}, a table of its values and their counts."


def _branches(node: Node) -> Iterator[Node]:
    for below in t.children(node):
        if t.kind(below).startswith(_BRANCHES):
            yield t.children(below)[-1]


_BRANCHES = ("FacetByOperatorWith", "ForkOperatorFork", "PartitionOperatorS")


def _scan(_: Node) -> str:
    return "Go through the rows in order and match sequences of steps."


def _invoke(node: Node) -> str:
    return f"Pass the rows to the function {short(t.children(node)[-1])}."


def _evaluate(node: Node) -> str:
    call = t.descend(node.PlugInCall)
    called = t.text(call.Name) if t.kind(call) == "NamedFunctionCallExpression" else short(call)
    what = _PLUGINS.get(called)
    return f"Run the plugin {called}" + (f": {what}." if what else " on the rows.")


SUBQUERIES = (
    Operator(
        rule="PartitionOperator",
        words=("partition",),
        read=_read_partition,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_partition,
        inner=_branches,
        completing=Completing(behind=("by",)),
        local=Local.PARTLY,
        why_not="It runs only where its query neither joins nor unites tables.",
    ),
    Operator(
        rule="ForkOperator",
        words=("fork",),
        read=_read_fork,
        keeps_time=never,
        rows=Rows.SEVERAL,
        phrase=_fork,
        inner=_branches,
        local=Local.NOT,
        why_not="It gives several tables, and one is shown here: run each branch by itself.",
    ),
    Operator(
        rule="FacetByOperator",
        words=("facet",),
        read=_read_facet,
        keeps_time=never,
        rows=Rows.SEVERAL,
        phrase=_facet,
        inner=_branches,
        local=Local.NOT,
        why_not="It gives a table a column: write summarize count() by the column.",
    ),
    Operator(
        rule="ScanOperator",
        words=("scan",),
        read=_read_scan,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_scan,
        local=Local.RUNS,
    ),
    Operator(
        rule="InvokeOperator",
        words=("invoke",),
        read=_read_invoke,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_invoke,
        local=Local.RUNS,
    ),
    Operator(
        rule="EvaluateOperator",
        words=("evaluate",),
        read=_read_evaluate,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_evaluate,
        completing=Completing(arguments=tuple(sorted(PLUGINS))),
        local=Local.PARTLY,
        why_not="Of the plugins run autocluster, bag_unpack, basket, diffpatterns, ipv4_lookup,"
        " narrow, pivot and sliding_window_counts, outside functions.",
    ),
)
