"""Operators that the guardrails refuse wherever they stand."""

from __future__ import annotations

from soc_tui.kql.columns.schema import OPEN, Schema
from soc_tui.kql.operators.entry import (
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    Written,
    never,
    unexplained,
)
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax.tree import Node


def _refuse_whole(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    walk.report(node, node.start.text, ReferenceKind.CONSTRUCT)
    walk.done(node)
    return OPEN


def refuse_operator(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """The operator is refused; what stands in it is walked all the same."""
    walk.report(node, node.start.text, ReferenceKind.OPERATOR, first_only=True)
    return OPEN


REFUSED = (
    Operator(
        rule="MacroExpandOperator",
        words=("macro-expand",),
        refused="It runs a query on several clusters.",
        read=_refuse_whole,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.NOT,
        why_not="There is one workspace.",
    ),
    Operator(
        rule="ExecuteAndCacheOperator",
        words=("__executeAndCache",),
        written=Written.INTERNAL,
        refused="It is in no documentation, so that nobody can say what it reads.",
        read=_refuse_whole,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.NOT,
        why_not="It is in no documentation.",
    ),
    Operator(
        rule="PartitionByOperator",
        words=("__partitionby",),
        written=Written.INTERNAL,
        refused="It is in no documentation, so that nobody can say what it reads.",
        read=refuse_operator,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=unexplained,
        local=Local.NOT,
        why_not="It is in no documentation.",
    ),
)
