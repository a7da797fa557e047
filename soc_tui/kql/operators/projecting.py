"""Operators that make columns, choose among them, and name them."""

from __future__ import annotations

from soc_tui.kql.columns.made import with_made
from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import EMPTY, Schema, matches
from soc_tui.kql.operators.entry import Completing, Inflow, Local, Operator, Rows, Walk
from soc_tui.kql.phrases.expressions import listed, named, short, value
from soc_tui.kql.phrases.operands import columns_text, computed_text
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.time_bounds import keeps_time_names
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.operator_parts import column_patterns, expressions_of
from soc_tui.kql.syntax.tree import NAMES, Node


def read_extend(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """Columns are added; each is known to the expressions behind it."""
    for number, expression in enumerate(expressions_of(node), 1):
        walk.value(expression, row, scope)
        row = with_made(row, row, expression, number)
    return row


def read_project(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """Only what the expressions make is left."""
    found = EMPTY
    for number, expression in enumerate(expressions_of(node), 1):
        # Kusto lets no expression see its neighbours' names; other engines do.
        walk.value(expression, row.plus(found.names, found.also), scope)
        found = with_made(found, row, expression, number)
    return found


def _read_away(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    _note_names(walk, node, row.typed(dict.fromkeys(row.hidden)))
    return row.without(column_patterns(node))


def _read_keep(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    _note_names(walk, node, row)
    return row.only(column_patterns(node))


def _note_names(walk: Walk, node: Node, row: Schema) -> None:
    for column in t.children(node):
        named = t.descend(column)
        is_name = t.kind(named) in NAMES
        # A pattern that matches none of the columns that are known asks for those that are not.
        if is_name or not any(matches(name, [t.text(named)]) for name in (*row.names, *row.also)):
            walk.name(named, row, {})


def _read_reorder(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    first: list[str] = []
    for expression in t.children(node):
        column, *_ = t.children(expression) or [expression]
        (pattern,) = column_patterns(expression)[:1]
        _note_names(walk, expression, row)
        found = [name for name in row.names if matches(name, [pattern])]
        direction = t.text(expression)[len(t.text(column)) :]
        if direction:
            found.sort(reverse=direction.endswith("desc"))
        first += found
    return row.ordered(first)


def _read_rename(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    renamed: dict[str, str] = {}
    for expression in expressions_of(node):
        named = t.descend(expression)
        made = made_columns(expression, 1)
        source = t.strip(named.Expression) if made.given else t.strip(named)
        if t.kind(source) in NAMES:
            walk.name(source, row, {})
            renamed[t.name(source)] = made.names[0]
        else:
            walk.value(named, row, scope)
    return row.renamed(renamed)


def _extend(node: Node) -> str:
    return f"Add columns: {computed_text(t.children(node))}."


def _project(node: Node) -> str:
    plain, made = [], []
    for child in t.children(node):
        name, expression = named(child)
        if not name and t.kind(t.strip(expression)) in NAMES:
            plain.append(value(expression))
        else:
            made.append(child)
    parts = [f"Show only {columns_text(plain)}"] if plain else []
    if made:
        computed = computed_text(made)
        parts.append(
            f"compute {computed}" if parts else f"Show only these computed columns: {computed}"
        )
    return f"{', and '.join(parts)}. All other columns are dropped."


def _away(node: Node) -> str:
    return f"Leave out {columns_text([short(child) for child in t.children(node)])}."


def _keep(node: Node) -> str:
    return f"Keep only {columns_text([short(child) for child in t.children(node)])}."


def _rename(node: Node) -> str:
    renamed = []
    for child in t.children(node):
        name, expression = named(child)
        renamed.append(f"{value(expression)} to {name}")
    return f"Rename {listed(renamed)}."


def _reorder(node: Node) -> str:
    return f"Put {columns_text([short(child) for child in t.children(node)])} first."


def _serialize(node: Node) -> str:
    made = t.children(node)
    also = f", and add columns: {computed_text(made)}" if made else ""
    return f"Fix the current row order{also}."


PROJECTING = (
    Operator(
        rule="ExtendOperator",
        words=("extend",),
        read=read_extend,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        row_by_row=True,
        phrase=_extend,
        completing=Completing(ranks=(3,)),
        local=Local.RUNS,
    ),
    Operator(
        rule="ProjectOperator",
        words=("project",),
        read=read_project,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        row_by_row=True,
        phrase=_project,
        completing=Completing(ranks=(2,)),
        local=Local.RUNS,
    ),
    Operator(
        rule="ProjectAwayOperator",
        words=("project-away",),
        read=_read_away,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_away,
        completing=Completing(ranks=(15,)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="ProjectKeepOperator",
        words=("project-keep",),
        read=_read_keep,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_keep,
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="ProjectRenameOperator",
        words=("project-rename",),
        read=_read_rename,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_rename,
        completing=Completing(ranks=(16,)),
        local=Local.RUNS,
    ),
    Operator(
        rule="ProjectReorderOperator",
        words=("project-reorder",),
        read=_read_reorder,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_reorder,
        completing=Completing(ranks=(17,)),
        local=Local.REWRITTEN,
    ),
    Operator(
        rule="SerializeOperator",
        words=("serialize",),
        read=read_extend,
        keeps_time=keeps_time_names,
        rows=Rows.NO_MORE,
        phrase=_serialize,
        local=Local.RUNS,
    ),
)
