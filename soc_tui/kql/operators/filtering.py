"""Operators that keep some of the rows, or put them in order."""

from __future__ import annotations

from soc_tui.kql.columns.made import with_made
from soc_tui.kql.columns.schema import EMPTY, Schema
from soc_tui.kql.operators.entry import (
    Completing,
    Inflow,
    Local,
    Operator,
    Rows,
    Walk,
    always,
    never,
    same_columns,
)
from soc_tui.kql.phrases.expressions import condition, listed, value
from soc_tui.kql.phrases.operands import plain, rows_text
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.time_bounds import keeps_time_names
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.time_columns import TIME_COLUMNS


def _predicate(node: Node) -> Node:
    return node.Predicate


def _where(node: Node) -> str:
    return f"Keep only rows where {condition(node.Predicate)}."


def _take(node: Node) -> str:
    return f"Keep at most {_count(node)}, in no particular order."


def _take_behind(node: Node, before: Operator | None) -> str:
    return f"Keep the first {_count(node)}." if before is not None and before.orders else ""


def _count(node: Node) -> str:
    return rows_text(plain(node)[0])


def _sort(node: Node) -> str:
    return f"Sort by {listed([_ordered(child) for child in plain(node)], 'then')}."


def _top(node: Node) -> str:
    number, *orders = plain(node)
    ordered = listed([_ordered(one) for one in orders], "then")
    return f"Keep the first {rows_text(number)} when sorted by {ordered}."


def _ordered(node: Node) -> str:
    ordering = t.child(node, "SortOrdering")
    words = t.text(ordering) if ordering is not None else ""
    column = value(t.children(node)[0])
    lowest, highest = ("oldest", "newest") if column in TIME_COLUMNS else ("lowest", "highest")
    return f"{column} ({lowest if words.startswith('asc') else highest} first)"


def _sample(node: Node) -> str:
    return f"Keep {_count(node)}, picked at random."


def _read_sample_distinct(
    walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow
) -> Schema:
    walk.values(t.children(node), row, scope)
    return with_made(EMPTY, row, node.OfExpression, 1)


def _sample_distinct(node: Node) -> str:
    number, column = plain(node)[:2]
    return f"Return up to {value(number)} distinct values of {value(column)}."


FILTERING = (
    Operator(
        rule="WhereOperator",
        words=("where", "filter"),
        read=same_columns,
        keeps_time=always,
        filters=_predicate,
        rows=Rows.NO_MORE,
        row_by_row=True,
        phrase=_where,
        completing=Completing(ranks=(1,)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="TakeOperator",
        words=("take", "limit"),
        read=same_columns,
        keeps_time=never,
        rows=Rows.CAPPED,
        phrase=_take,
        phrase_behind=_take_behind,
        completing=Completing(ranks=(5,), arguments=()),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="SortOperator",
        words=("order", "sort"),
        read=same_columns,
        keeps_time=keeps_time_names,
        rows=Rows.ORDERED,
        orders=True,
        phrase=_sort,
        completing=Completing(ranks=(6, 14), arguments=("by",), behind=("by", "asc", "desc")),
        local=Local.RUNS,
    ),
    Operator(
        rule="TopOperator",
        words=("top",),
        read=same_columns,
        keeps_time=never,
        rows=Rows.CAPPED,
        orders=True,
        phrase=_top,
        completing=Completing(ranks=(7,), behind=("by", "asc", "desc")),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="SampleOperator",
        words=("sample",),
        read=same_columns,
        keeps_time=never,
        rows=Rows.CAPPED,
        phrase=_sample,
        completing=Completing(arguments=()),
        local=Local.RUNS,
    ),
    Operator(
        rule="SampleDistinctOperator",
        words=("sample-distinct",),
        read=_read_sample_distinct,
        keeps_time=never,
        rows=Rows.CAPPED,
        phrase=_sample_distinct,
        local=Local.RUNS,
    ),
)
