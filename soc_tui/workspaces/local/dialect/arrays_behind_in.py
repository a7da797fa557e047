"""`x in (T)` where T gives an array, which duckdb_kql 1.1.2 takes for one value."""

from __future__ import annotations

import dataclasses
from typing import Any

from duckdb_kql import ir, translate
from duckdb_kql.translate import naming

from soc_tui.workspaces.local.dialect.groups import Limited

_ROWS_ONLY = (ir.Where, ir.Sort, ir.Take, ir.Top, Limited)
_MAKING_ARRAYS = frozenset(
    {"array_concat", "array_slice", "make_list", "make_list_if", "make_set", "make_set_if",
     "pack_array", "set_union", "split"}
)  # fmt: skip


def arrays_taken_apart(query: ir.Query) -> ir.Query:
    """`x in (T)` where T gives one array: x is sought in the array."""
    lets = {name: bound for name, bound in query.lets if isinstance(bound, ir.Query)}
    taken: ir.Query = _taken_apart(query, lets)
    return taken


def _taken_apart(node: Any, lets: dict[str, ir.Query]) -> Any:
    if isinstance(node, tuple | list):
        return type(node)(_taken_apart(one, lets) for one in node)
    if not dataclasses.is_dataclass(node) or isinstance(node, type):
        return node
    new = {}
    for one in dataclasses.fields(node):
        before = getattr(node, one.name)
        after = _taken_apart(before, lets) if isinstance(before, ir.Node | tuple | list) else before
        if after is not before and after != before:
            new[one.name] = after
    made: Any = dataclasses.replace(node, **new) if new else node
    if isinstance(made, ir.InList | ir.HasList) and made.subquery is not None:
        column = _array_column(made.subquery, lets)
        if column:
            target = ir.MvExpandTarget(column, None, "string")
            inner = dataclasses.replace(
                made.subquery, operators=[*made.subquery.operators, ir.MvExpand((target,))]
            )
            made = dataclasses.replace(made, subquery=inner)
    return made


def _array_column(query: ir.Query, lets: dict[str, ir.Query]) -> str:
    """The first column, where it is an array."""
    making = [one for one in query.operators if not isinstance(one, _ROWS_ONLY)]
    if not making:
        source = query.source
        bound = lets.get(source.name) if isinstance(source, ir.TableRef) else None
        return _array_column(bound, lets) if bound is not None else ""
    last = making[-1]
    if isinstance(last, ir.Summarize) and not last.by and last.aggregates:
        _, names = translate.summarize_names(last, None)
        first, name = last.aggregates[0], names[0][0]
    elif isinstance(last, ir.Project) and last.expressions:
        first, name = last.expressions[0], naming.project_names(last.expressions)[0]
    else:
        return ""
    call_ = first.expr
    is_array = isinstance(call_, ir.FunctionCall) and call_.name.lower() in _MAKING_ARRAYS
    return name if is_array else ""
