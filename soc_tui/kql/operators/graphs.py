"""Operators on graphs: rows as edges between nodes. Which columns they give is not followed."""

from __future__ import annotations

from soc_tui.kql.columns.schema import OPEN, Schema
from soc_tui.kql.operators.entry import (
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    never,
    unexplained,
    unknown_columns,
)
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import nodes_below
from soc_tui.kql.syntax.tree import NAMES, Node


def _read_make_graph(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    for column in (t.descend(below) for below in t.children(node)):
        if t.kind(column) in NAMES:
            walk.name(column, row, {})
    for nodes in nodes_below(node, "MakeGraphTableAndKey"):
        table = walk.table(nodes.Table, scope, brackets=True)
        for key in (t.descend(below) for below in t.children(nodes) if below is not nodes.Table):
            if t.kind(key) in NAMES:
                walk.name(key, table, {})
        walk.done(nodes)
    return OPEN


def _read_patterns(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """The names in the patterns are those of nodes and edges; what columns those have is open."""
    patterns = [below for below in t.children(node) if t.kind(below) in _PATTERNS]
    parts = [part for rule in _NAMED for one in patterns for part in nodes_below(one, rule)]
    named = [t.descend(below) for part in parts for below in t.children(part)]
    names = frozenset(t.name(one) for one in named if t.kind(one) in NAMES)
    found = Schema(also=names, open=True)
    for below in t.children(node):
        if below not in patterns and not t.kind(below).endswith("Parameter"):
            walk.value(below, found, scope)
    return OPEN


_PATTERNS = frozenset({"GraphMatchPattern"})
_NAMED = ("GraphMatchPatternNode", "GraphMatchPatternNamedEdge")

GRAPHS = (
    Operator(
        rule="MakeGraphOperator",
        words=("make-graph",),
        read=_read_make_graph,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.RUNS,
    ),
    Operator(
        rule="GraphMatchOperator",
        words=("graph-match",),
        read=_read_patterns,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.RUNS,
    ),
    Operator(
        rule="GraphShortestPathsOperator",
        words=("graph-shortest-paths",),
        read=_read_patterns,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.RUNS,
    ),
    Operator(
        rule="GraphMarkComponentsOperator",
        words=("graph-mark-components",),
        read=unknown_columns,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.RUNS,
    ),
    Operator(
        rule="GraphToTableOperator",
        words=("graph-to-table",),
        read=unknown_columns,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.RUNS,
    ),
)
