"""Operators, said in forms that duckdb_kql reads: what to write in place of which part.

An operator that duckdb_kql reads as it is has nothing here.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from typing import Protocol

from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import Schema, matches
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.operator_parts import column_patterns, expressions_of
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier
from soc_tui.workspaces.local.rewrite import search_and_find
from soc_tui.workspaces.local.rewrite.calls import SETS
from soc_tui.workspaces.local.rewrite.mv_apply import row_by_row

Span = tuple[int, int]
Edits = Mapping[Span, str]
"""What to write in place of parts of the text, by offsets."""


class Text(Protocol):
    """The query as it is said so far."""

    @property
    def numbers(self) -> Mapping[str, str]:
        """The number that a let gives a name; "" when the name stands for several things."""

    def said(self, start: int, end: int) -> str:
        """The text between two offsets, as it is said so far."""

    def said_with(self, node: Node, edits: Edits) -> str:
        """The text of a node with further edits."""


Rewrite = Callable[[Node, Schema, Text], Edits]
"""What to write for an operator behind these columns; nothing where it stays as it is."""


def span(node: Node) -> Span:
    """Offsets of a node."""
    return t.start(node), t.end(node)


def _whole(node: Node, new: str | None) -> Edits:
    return {span(node): new} if new else {}


# -- operators that depend on all columns that there are -----------------------------------------


def _distinct(node: Node, row: Schema, text: Text) -> Edits:
    all_columns = node.Star is not None and _is_known(row)
    return _whole(node, _listed("distinct", row.names)) if all_columns else {}


def _project_away(node: Node, row: Schema, text: Text) -> Edits:
    patterns = column_patterns(node)
    if not _is_known(row) or not any("*" in pattern for pattern in patterns):
        return {}
    return _whole(node, _listed("project", row.without(patterns).names))


def _project_keep(node: Node, row: Schema, text: Text) -> Edits:
    if not _is_known(row):
        return {}
    patterns = column_patterns(node)
    return _whole(node, _listed("project", (name for name in row.names if matches(name, patterns))))


def _project_reorder(node: Node, row: Schema, text: Text) -> Edits:
    order: dict[str, None] = {}
    for expression in t.children(node) if _is_known(row) else ():
        column, *_ = t.children(expression) or [expression]
        pattern = column_patterns(expression)[0]
        found = [name for name in row.names if matches(name, [pattern])]
        direction = t.text(expression)[len(t.text(column)) :]
        if direction not in {"", "asc", "desc"}:
            return {}
        if direction:
            found.sort(reverse=direction == "desc")
        order.update(dict.fromkeys(found))
    everything = dict.fromkeys([*order, *row.names])
    return _whole(node, _listed("project", everything)) if _is_known(row) else {}


def _is_known(row: Schema) -> bool:
    return bool(row.names) and not row.open


def _listed(operator: str, names: Iterable[str]) -> str:
    return f"{operator} {', '.join(map(identifier, names))}"


def _mv_apply(node: Node, row: Schema, text: Text) -> Edits:
    return _whole(node, row_by_row(node, row, text.said))


def _piped_search(node: Node, row: Schema, text: Text) -> Edits:
    if t.child(node, "SearchOperatorInClause") is not None:
        return {}
    return _whole(node, search_and_find.piped_search(node, row, text.said_with))


# -- operators of which a part is said otherwise -------------------------------------------------

_MARK = '"\\u0001"'
_READING_JSON = frozenset({"parse_json", "parsejson", "todynamic", "toobject"})


def _parse(node: Node, row: Schema, text: Text) -> Edits:
    """A pattern that begins with a column begins with a mark, and the text as well."""
    pattern, kind = node.Pattern, node.KindClause
    if pattern.LeadingColumn is None or (kind is not None and "regex" in t.text(kind)):
        return {}
    start, end = span(node.Expression)
    begins = t.start(pattern)
    return {
        (start, start): f"strcat({_MARK}, ",
        (end, end): ")",
        (begins, begins): f"{_MARK} ",
    }


def _counted(node: Node, row: Schema, text: Text) -> Edits:
    """The number that a let gives is written where rows are counted."""
    number = t.strip(node.Expression)
    value = text.numbers.get(t.name(number)) if t.kind(number) in t.NAMES else ""
    return _whole(number, value)


def _mv_expand(node: Node, row: Schema, text: Text) -> Edits:
    """An array has the name of the column that it is read from."""
    edits: dict[Span, str] = {}
    for below in node.Expressions:
        edits |= _name_of(below.Expression, 1, _READING_JSON)
    return edits


def _summarize(node: Node, row: Schema, text: Text) -> Edits:
    """A set has the name that Kusto gives it, which it may lose when it is said otherwise."""
    edits: dict[Span, str] = {}
    for number, expression in enumerate(expressions_of(node), 1):
        edits |= _name_of(expression, number, SETS)
    return edits


def _name_of(expression: Node, number: int, functions: Set[str]) -> Edits:
    """The name of what a call of one of these functions makes, if none is written."""
    made, call = made_columns(expression, number), t.strip(expression)
    is_call = t.kind(call) == "NamedFunctionCallExpression"
    if made.given or not is_call or called_name(call) not in functions:
        return {}
    start = t.start(expression)
    return {(start, start): f"{identifier(made.names[0])} = "}


REWRITES: Mapping[str, Rewrite] = {
    "DistinctOperator": _distinct,
    "MvapplyOperator": _mv_apply,
    "MvexpandOperator": _mv_expand,
    "ParseOperator": _parse,
    "ParseWhereOperator": _parse,
    "ProjectAwayOperator": _project_away,
    "ProjectKeepOperator": _project_keep,
    "ProjectReorderOperator": _project_reorder,
    "SearchOperator": _piped_search,
    "SummarizeOperator": _summarize,
    "TakeOperator": _counted,
    "TopOperator": _counted,
}
"""By the grammar's rule, behind a pipe."""
