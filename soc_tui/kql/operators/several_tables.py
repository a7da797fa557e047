"""Operators that read further tables: join, lookup, union, search and find."""

from __future__ import annotations

from collections.abc import Iterator

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, joined, united
from soc_tui.kql.operators.entry import Completing, Inflow, Local, Operator, Rows, Walk, never
from soc_tui.kql.phrases.expressions import condition, listed, short, value
from soc_tui.kql.phrases.operands import is_or_are, is_piped, operands, plain
from soc_tui.kql.references.bindings import Flow, Scope, with_predicate
from soc_tui.kql.references.time_bounds import keeps_time_names
from soc_tui.kql.references.types import NOWHERE, ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import (
    expressions_of,
    listed_sources,
    nodes_below,
    parameter_value,
)
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import KqlType

_RIGHT_ONLY = frozenset({"rightsemi", "rightanti", "rightantisemi"})
_LEFT_ONLY = frozenset({"leftsemi", "leftanti", "leftantisemi", "anti"})
_JOINS = {
    "innerunique": "rows with a match on both sides; only one left row per key",
    "inner": "rows with a match on both sides, one row per pair",
    "leftouter": "all rows of the left side, with the columns of the right where there is a match",
    "rightouter": "all rows of the right side, with the columns of the left where there is a match",
    "fullouter": "all rows of both sides, combined where they match",
    "leftsemi": "rows of the left side that have a match on the right; only their own columns",
    "rightsemi": "rows of the right side that have a match on the left; only their own columns",
    "leftanti": "rows of the left side that have no match on the right",
    "anti": "rows of the left side that have no match on the right",
    "leftantisemi": "rows of the left side that have no match on the right",
    "rightanti": "rows of the right side that have no match on the left",
    "rightantisemi": "rows of the right side that have no match on the left",
}


# -- join and lookup -----------------------------------------------------------------------------


def _read_join(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    right = walk.table(node.Table, scope, brackets=True)
    _note_keys(walk, node, row, right, scope)
    kind = parameter_value(node, "kind")
    if kind in _LEFT_ONLY:
        return row
    return right if kind in _RIGHT_ONLY else joined(row, right)


def _read_lookup(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    right = walk.table(node.Table, scope, brackets=True)
    return joined(row, right, _note_keys(walk, node, row, right, scope))


def _note_keys(walk: Walk, node: Node, left: Schema, right: Schema, scope: Scope) -> list[str]:
    """Note the names behind `on` that are no columns; the right side's columns there."""
    keys = []
    clause = node.OnClause
    for expression in expressions_of(clause) if clause is not None else ():
        named = t.strip(expression)
        if t.kind(named) in NAMES:
            walk.name(named, left, scope)
            walk.name(named, right, scope)
            keys.append(t.name(named))
            continue
        for path in nodes_below(named, "FunctionCallOrPathPathExpression"):
            root, *steps = t.children(path)
            side, step = t.text(root), t.descend(steps[0]) if steps else root
            if side in {"$left", "$right"} and t.kind(step) == "FunctionCallOrPathPathOperation":
                column = t.descend(step.Name)
                walk.name(column, left if side == "$left" else right, {})
                keys.extend([t.name(column)] if side == "$right" else [])
    return keys


def _keeps_time(node: Node) -> bool:
    return not any(t.text(below).split("=")[-1] in _RIGHT_ONLY for below in node.Parameters)


def _join(node: Node) -> str:
    kind = parameter_value(node, "kind") or "innerunique"
    kept = _JOINS.get(kind, "rows as this kind of join keeps them")
    default = " (KQL's default)" if not parameter_value(node, "kind") else ""
    other = _other(operands(node)[0])
    return f"Join with {other} {_on(node)}. Keeps, as {kind}{default}: {kept}."


def _lookup(node: Node) -> str:
    kind = parameter_value(node, "kind") or "leftouter"
    kept = (
        "rows without a match stay" if kind == "leftouter" else "rows without a match are dropped"
    )
    return f"Add the columns of {_other(operands(node)[0])} {_on(node)}; {kept}."


def _other(node: Node) -> str:
    inner = t.strip(node)
    return value(inner) if t.kind(inner) in NAMES else "the query in brackets"


def _on(node: Node) -> str:
    clause = t.child(node, "JoinOperatorOnClause")
    if clause is None:
        return "by its clause"
    same, others = [], []
    for child in t.children(clause):
        inner = t.strip(child)
        if t.kind(inner) in NAMES:
            same.append(t.name(inner))
        else:
            words = condition(inner).replace("$left.", "the left ").replace("$right.", "the right ")
            others.append(words)
    parts = [f"{listed(same)} {is_or_are(len(same))} the same"] if same else []
    return f"where {listed([*parts, *others])}" if parts or others else "on nothing"


def _queries_in_brackets(node: Node) -> Iterator[Node]:
    for operand in operands(node):
        if t.kind(t.descend(operand)) == "ParenthesizedExpression" and is_piped(operand):
            yield operand


# -- union ---------------------------------------------------------------------------------------


def _read_union(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    schemas = [row] if row is not EMPTY else []
    spot = Spot(t.start(node), t.end(node)) if inflow.head else None
    for below in t.children(node):
        if t.kind(below) == "UnionOperatorExpression":
            schemas.append(walk.table(below, scope, inflow.flow, brackets=True, spot=spot))
    found = united(schemas, inner=parameter_value(node, "kind") == "inner")
    source = parameter_value(node, "withsource") or parameter_value(node, "with_source")
    return found.typed({source: KqlType.STRING}) if source else found


def _united_operands(node: Node) -> list[Node]:
    operands = [below for below in t.children(node) if t.kind(below) == "UnionOperatorExpression"]
    return [t.descend(operand) for operand in operands]


def _union(node: Node) -> str:
    return f"Combine the rows of {_united(node)}"


def _union_behind(node: Node, before: Operator | None) -> str:
    return f"Add the rows of {_united(node)}"


def _united(node: Node) -> str:
    names = [_operand(operand) for operand in operands(node)]
    column = parameter_value(node, "withsource")
    source = f" The column {column} names the source table of each row." if column else ""
    is_fuzzy = parameter_value(node, "isfuzzy").lower() == "true"
    fuzzy = " Missing tables are skipped." if is_fuzzy else ""
    is_inner = parameter_value(node, "kind") == "inner"
    only = "only the columns they share" if is_inner else "all columns"
    return f"{listed(names)}, with {only}.{source}{fuzzy}"


def _operand(node: Node) -> str:
    inner = t.strip(node)
    if t.kind(inner) == "WildcardedName":
        return f"every table named {t.text(inner)}"
    if is_piped(node):
        return "a query in brackets"
    return value(inner) if t.kind(inner) in NAMES else short(inner)


# -- search and find -----------------------------------------------------------------------------


def _read_search(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    clause = t.child(node, "SearchOperatorInClause")
    if clause is None and inflow.head:
        walk.report(node, "*", ReferenceKind.WILDCARD)
    found = OPEN if row is EMPTY else row
    if clause is not None:
        predicate = node.Expression or getattr(node.StarAndExpression, "Expression", None)
        flow = with_predicate(predicate, scope, inflow.flow)
        found = _sources(walk, clause, scope, flow, Spot(t.start(node), t.end(node)))
    walk.values((one for one in t.children(node) if one is not clause), found, scope)
    return found.typed({"$table": KqlType.STRING})


def _read_find(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    clause = node.ParameterWhereClause
    sources = clause.InClause if clause is not None else None
    found = OPEN
    if sources is None:
        walk.report(node, "*", ReferenceKind.WILDCARD)
    else:
        flow = with_predicate(node.Expression, scope, inflow.flow)
        found = _sources(walk, sources, scope, flow, NOWHERE)
    walk.value(node.Expression, found, scope)
    source = parameter_value(clause, "withsource") if clause is not None else ""
    named = {source or "source_": KqlType.STRING, "pack_": KqlType.DYNAMIC}
    if node.ProjectClause is None:
        return found.typed(named)
    columns = [
        t.descend(below.Name)
        for kind in ("FindOperatorColumnExpression", "FindOperatorProjectExpression")
        for below in nodes_below(node.ProjectClause, kind)
        if getattr(below, "Name", None) is not None
    ]
    alone = [t.descend(below) for below in t.children(node.ProjectClause)]
    columns += [column for column in alone if t.kind(column) in NAMES]
    for column in columns:
        walk.name(column, found, scope)
    return Schema({**named, **{t.name(column): None for column in columns}})


def _sources(walk: Walk, clause: Node, scope: Scope, flow: Flow, spot: Spot) -> Schema:
    return united([walk.table(one, scope, flow, spot=spot) for one in listed_sources(clause)])


def _searched(node: Node) -> list[Node]:
    clause = t.child(node, "SearchOperatorInClause")
    return [t.descend(one) for one in t.children(clause)] if clause is not None else []


def _search(node: Node) -> str:
    clause = t.child(node, "SearchOperatorInClause")
    where = ""
    if clause is not None:
        where = f" of {listed([short(child) for child in t.children(clause)])}"
    case = ", case-sensitive" if parameter_value(node, "kind") == "case_sensitive" else ""
    last = [child for child in plain(node) if child is not clause][-1]
    return f"Search the rows{where}: keep those where {condition(last)}{case}."


def _find(node: Node) -> str:
    tables = next(nodes_below(node, "FindOperatorInClause"), None)
    where = f" in {listed([short(one) for one in t.children(tables)])}" if tables else ""
    tests = [c for c in plain(node) if not t.kind(c).endswith(("Clause", "ClauseContext"))]
    test = f" where {condition(tests[0])}" if tests else ""
    return f"Find rows{where}{test}, with the source table of each."


_KINDS_OF_JOIN = (
    "kind=inner",
    "kind=leftouter",
    "kind=innerunique",
    "kind=leftanti",
    "kind=leftsemi",
    "kind=rightouter",
    "kind=rightanti",
    "kind=rightsemi",
    "kind=fullouter",
)

SEVERAL_TABLES = (
    Operator(
        rule="JoinOperator",
        words=("join",),
        read=_read_join,
        keeps_time=_keeps_time,
        rows=Rows.PERHAPS_MORE,
        phrase=_join,
        inner=_queries_in_brackets,
        completing=Completing(
            ranks=(10,), takes_table=True, arguments=_KINDS_OF_JOIN, behind=("on",)
        ),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="LookupOperator",
        words=("lookup",),
        read=_read_lookup,
        keeps_time=keeps_time_names,
        rows=Rows.PERHAPS_MORE,
        phrase=_lookup,
        inner=_queries_in_brackets,
        completing=Completing(takes_table=True, behind=("on",)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="UnionOperator",
        words=("union",),
        read=_read_union,
        source=True,
        tables=_united_operands,
        keeps_time=keeps_time_names,
        rows=Rows.PERHAPS_MORE,
        phrase=_union,
        phrase_behind=_union_behind,
        inner=_queries_in_brackets,
        completing=Completing(ranks=(11,), begins=1, takes_tables=True),
        local=Local.RUNS,
    ),
    Operator(
        rule="SearchOperator",
        words=("search",),
        read=_read_search,
        source=True,
        tables=_searched,
        keeps_time=keeps_time_names,
        rows=Rows.PERHAPS_MORE,
        phrase=_search,
        completing=Completing(begins=2),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="FindOperator",
        words=("find",),
        read=_read_find,
        source=True,
        keeps_time=never,
        rows=Rows.PERHAPS_MORE,
        phrase=_find,
        completing=Completing(begins=3),
        local=Local.REWRITTEN,
    ),
)
