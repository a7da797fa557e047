"""KQL's parse tree to our operators, where duckdb_kql 1.1.2 has none or reads it otherwise."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from duckdb_kql import KqlUnsupportedError, ir, lower
from duckdb_kql.translate import naming

from soc_tui.model.time_columns import TIME_COLUMNS
from soc_tui.workspaces.local.dialect.groups import Applied, Partitioned
from soc_tui.workspaces.local.dialect.operators import OPERATORS, Lowered, expanded_by_name
from soc_tui.workspaces.local.dialect.rows_in_order import InOrder, reads_rows
from soc_tui.workspaces.local.dialect.several_columns import apart

COMPUTED = "__arg"
"""Begins the name of a column that arg_max or arg_min takes a computed value from."""


def operator(node: Any, otherwise: Callable[[Any], Lowered]) -> Lowered:
    """An operator behind a pipe."""
    inner = node
    while lower._cls(inner) in {"PipedOperator", "AfterPipeOperator"} and lower._rule_children(
        inner
    ):
        inner = lower._rule_children(inner)[0]
    inner = lower._collapse(inner)
    write = OPERATORS.get(lower._cls(inner))
    made = write(inner) if write is not None else otherwise(inner)
    if isinstance(made, ir.Parse):
        made = _plainly_named(made)
    if isinstance(made, ir.MvExpand):
        made = expanded_by_name(made)
    if isinstance(made, ir.Summarize):
        made = _extremes_of_columns(made)
    return [_whole(one) for one in made] if isinstance(made, list) else _whole(made)


def _whole(made: Any) -> Any:
    """Functions of several columns taken apart, and window functions put in order."""
    if isinstance(made, ir.Extend | ir.Project):
        made = dataclasses.replace(made, expressions=tuple(apart(made.expressions)))
    if isinstance(made, ir.Where | ir.Extend | ir.Project) and reads_rows(made):
        return InOrder(made)
    return made


_EXTREMES = {"arg_max": "max", "arg_min": "min"}


def _extremes_of_columns(made: ir.Summarize) -> list[ir.Operator]:
    """`arg_max(a + 1, f(b))`: what is computed is a column before."""
    extended: list[ir.NamedExpr] = []
    renames: dict[str, str] = {}
    aggregates: list[ir.NamedExpr] = []
    for one in made.aggregates:
        call = one.expr
        extreme = _EXTREMES.get(call.name.lower()) if isinstance(call, ir.FunctionCall) else None
        if extreme is None or not isinstance(call, ir.FunctionCall):
            aggregates.append(one)
            continue
        arguments: list[ir.Expr] = []
        given: tuple[str, ...] = getattr(one, "names", ())  # `(A, B) = arg_max(a, b)`
        for at, argument in enumerate(call.args):
            has_name = 0 < at < len(given) and not isinstance(argument, ir.Wildcard)
            if isinstance(argument, ir.ColumnRef | ir.Wildcard) and not has_name:
                arguments.append(argument)
                continue
            name = f"{COMPUTED}{len(extended)}"
            extended.append(ir.NamedExpr(argument, name))
            arguments.append(ir.ColumnRef(name))
            if has_name:
                renames[name] = given[at]
            elif at:
                of = getattr(call.args[0], "name", "")
                renames[name] = _result_name(argument, f"{extreme}_{of}_arg{at}", renames)
        first = (
            one.name
            or next(iter(given), None)
            or (None if arguments[0] in call.args[:1] else f"{extreme}_")
        )
        call = dataclasses.replace(call, args=tuple(arguments))
        aggregates.append(ir.NamedExpr(call, first))
    if not extended:
        return [made]
    if renames and any(_has_star(one.expr) for one in aggregates):
        raise KqlUnsupportedError("aggregate:arg_max", hint="write the columns instead of *")
    summarize = dataclasses.replace(made, aggregates=tuple(aggregates))
    operators: list[ir.Operator] = [ir.Extend(tuple(extended)), summarize]
    return [*operators, ir.ProjectRename(tuple(renames.items()))] if renames else operators


def _has_star(node: ir.Expr) -> bool:
    return isinstance(node, ir.FunctionCall) and any(
        isinstance(one, ir.Wildcard) for one in node.args
    )


def _result_name(node: ir.Expr, otherwise: str, taken: dict[str, str]) -> str:
    name = naming.distinct_names((ir.NamedExpr(node, None),))[0]
    name = otherwise if name.startswith("Column") else name
    number = sum(one.rstrip("0123456789") == name for one in taken.values())
    return f"{name}{number or ''}"


def _plainly_named(made: ir.Parse) -> list[ir.Operator]:
    """A `parse` into columns whose names are no identifiers: the pattern's groups need such."""
    renames, segments = [], []
    for at, segment in enumerate(made.segments):
        name = segment.name
        if name and not name.isidentifier():
            renames.append((f"__parsed{at}", name))
            name = f"__parsed{at}"
        segments.append(dataclasses.replace(segment, name=name))
    parse: ir.Operator = dataclasses.replace(made, segments=tuple(segments))
    return [parse, ir.ProjectRename(tuple(renames))] if renames else [parse]


def without_missing_source(query: ir.Query, tables: Any) -> ir.Query:
    """`union isfuzzy=true (Missing | where …), B`: what stands before the union goes as well."""
    source = query.source
    fuzzy = [isinstance(one, ir.Union) and one.isfuzzy for one in query.operators]
    missing = isinstance(source, ir.TableRef) and tables is not None and source.name not in tables
    if missing and any(fuzzy):
        return dataclasses.replace(query, operators=query.operators[fuzzy.index(True) :])
    return query


def with_columns(operator_: ir.Operator, columns: Sequence[str]) -> ir.Operator:
    """An operator with what stands for its columns: `pack_all()`, and `ingestion_time()`, which is
    the time of the event here, as no other is kept."""
    made: ir.Operator = _with_columns(operator_, columns)
    return made


def _with_columns(node: Any, columns: Sequence[str]) -> Any:
    if isinstance(node, tuple):
        return tuple(_with_columns(one, columns) for one in node)
    if not dataclasses.is_dataclass(node) or isinstance(
        node, type | ir.Query | Applied | Partitioned
    ):
        return node
    if isinstance(node, ir.FunctionCall):
        name = node.name.lower()
        times = [one for one in TIME_COLUMNS if one in columns]
        if name == "ingestion_time" and times:
            return ir.ColumnRef(times[0])
        if name in {"column_ifexists", "columnifexists"} and len(node.args) == 2:
            sought, instead = node.args
            found = str(sought.value) if isinstance(sought, ir.Literal) else ""
            node = ir.ColumnRef(found) if found in columns else instead
        elif name == "pack_all":
            pairs = [(ir.Literal(one, "string"), ir.ColumnRef(one)) for one in columns]
            bag = ir.FunctionCall("bag_pack", tuple(one for pair in pairs for one in pair))
            return ir.FunctionCall("bag_without_empty", (bag,)) if node.args else bag
    new = {}
    for one in dataclasses.fields(node):
        before = getattr(node, one.name)
        if isinstance(before, ir.Node | tuple):
            after = _with_columns(before, columns)
            if after != before:
                new[one.name] = after
    return dataclasses.replace(node, **new) if new else node
