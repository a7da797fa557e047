"""Operators, said in forms that duckdb_kql reads: what to write in place of which part.

An operator that duckdb_kql reads as it is has nothing here.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from typing import Protocol

from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.reading.result import Step
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name
from soc_tui.kql.syntax.operator_parts import column_patterns, expressions_of, nodes_below
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.literals import identifier
from soc_tui.workspaces.local.rewrite import search_and_find
from soc_tui.workspaces.local.rewrite.calls import SETS
from soc_tui.workspaces.local.rewrite.pattern_plugins import PLUGINS, pattern_plugin
from soc_tui.workspaces.local.rewrite.plugins import Before, Incoming, Peek, of_schema, plugin

Span = tuple[int, int]
Edits = Mapping[Span, str]
"""What to write in place of parts of the text, by offsets."""


class Text(Protocol):
    """The query as it is said so far."""

    @property
    def before(self) -> Mapping[int, Before]:
        """By the offset of an operator: where the query before it stands."""

    @property
    def peek(self) -> Peek | None:
        """Looks at rows of the workspace; None where it cannot."""

    @property
    def numbers(self) -> Mapping[str, str]:
        """The number that a let gives a name; "" when the name stands for several things."""

    def said(self, start: int, end: int) -> str:
        """The text between two offsets, as it is said so far."""

    def said_with(self, node: Node, edits: Edits) -> str:
        """The text of a node with further edits."""


Rewrite = Callable[[Step, Text], Edits]
"""What to write for an operator; nothing where it stays as it is."""


def span(node: Node) -> Span:
    """Offsets of a node."""
    return t.start(node), t.end(node)


def _whole(node: Node, new: str | None) -> Edits:
    return {span(node): new} if new else {}


# -- operators that depend on all columns that there are -----------------------------------------


def _distinct(step: Step, text: Text) -> Edits:
    return _project(step, "distinct") if step.node.Star is not None else {}


def _project_away(step: Step, text: Text) -> Edits:
    has_pattern = any("*" in pattern for pattern in column_patterns(step.node))
    return _project(step) if has_pattern else {}


def _project_keep(step: Step, text: Text) -> Edits:
    return _project(step)


def _project_reorder(step: Step, text: Text) -> Edits:
    is_natural = any("granny" in t.text(one) for one in t.children(step.node))
    return _project(step) if not is_natural else {}


def _project(step: Step, operator: str = "project") -> Edits:
    """The columns behind it one by one; nothing where they are not all known."""
    if not step.row.names or step.row.open:
        return {}
    return _whole(step.node, f"{operator} {', '.join(map(identifier, step.behind.names))}")


def _evaluate(step: Step, text: Text) -> Edits:
    """A plugin that plain operators stand for."""
    call = next(iter(nodes_below(step.node, "NamedFunctionCallExpression")), None)
    before = text.before.get(t.start(step.node))
    schema = step.node.SchemaClause
    has_star = schema is not None and "*" in t.source(schema)
    if call is None or before is None or text.peek is None or (has_star and not step.row.closed):
        return {}
    incoming = Incoming(text.said(0, before.statement), text.said(before.pipe, before.sign))
    written = [text.said_with(one, {}) for one in t.children(call)[1:]]
    if called_name(call) in PLUGINS:
        given = list(map(t.descend, t.children(call)[1:]))
        new = pattern_plugin(called_name(call), given, incoming.lets + incoming.pipe, text.peek)
    else:
        new = plugin(call, incoming, step.row, written, text.peek)
    if new and schema is not None:
        columns = [
            (t.name(t.descend(one.Name)), t.text(one.Type))
            for one in nodes_below(schema, "RowSchemaColumnDeclaration")
        ]
        taken = {name for name, _ in columns} | {
            t.name(t.strip(t.descend(one))) for one in t.children(call)[1:2]
        }
        rest = [name for name in step.row.names if has_star and name not in taken]
        new = f"{new} | {of_schema(columns, rest)}"
    return _whole(step.node, new)


def _as(step: Step, text: Text) -> Edits:
    """What `as` names is a let before the statement, where the pipe is the whole of it."""
    before = text.before.get(t.start(step.node))
    if before is None or before.statement != before.pipe:
        return {}
    name = identifier(t.name(t.descend(step.node.Name)))
    start = before.statement
    return {(start, start): f"let {name} = ", (before.sign, t.end(step.node)): f"; {name} "}


def _where(step: Step, text: Text) -> Edits:
    return search_and_find.of_all_columns(step.node.Predicate, step.row)


def _piped_search(step: Step, text: Text) -> Edits:
    if t.child(step.node, "SearchOperatorInClause") is not None:
        return {}
    new = search_and_find.piped_search(step.node, step.row, text.said_with)
    return _whole(step.node, new)


# -- operators of which a part is said otherwise -------------------------------------------------

_MARK = '"\\u0001"'
_READING_JSON = frozenset({"parse_json", "parsejson", "todynamic", "toobject"})


def _parse(step: Step, text: Text) -> Edits:
    """A pattern that begins with a column begins with a mark, and the text as well."""
    node = step.node
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


def _counted(step: Step, text: Text) -> Edits:
    """The number that a let gives is written where rows are counted."""
    number = t.strip(step.node.Expression)
    value = text.numbers.get(t.name(number)) if t.kind(number) in t.NAMES else ""
    return _whole(number, value)


def _mv_expand(step: Step, text: Text) -> Edits:
    """An array has the name of the column that it is read from."""
    edits: dict[Span, str] = {}
    for below in step.node.Expressions:
        edits |= _name_of(below.Expression, 1, _READING_JSON) or _name_read(below.Expression, step)
    return edits


def _name_read(expression: Node, step: Step) -> Edits:
    """The name of what a path or a call makes: a path's own; a call's is that of the column that
    it reads, if it reads one."""
    made, inner = made_columns(expression, 1), t.strip(expression)
    if made.given or t.kind(inner) in t.NAMES:
        return {}
    start = t.start(expression)
    if t.kind(inner) == "FunctionCallOrPathPathExpression":
        return {(start, start): f"{identifier(made.names[0])} = "}
    read = {t.name(one) for one in _names_below(inner) if t.name(one) in step.row.names}
    name = read.pop() if len(read) == 1 else "Column1"
    return {(start, start): f"{identifier(name)} = "}


def _names_below(node: Node) -> Iterator[Node]:
    if t.kind(node) in t.NAMES:
        yield node
    for below in t.children(node):
        yield from _names_below(below)


def _summarize(step: Step, text: Text) -> Edits:
    """A set has the name that Kusto gives it, which it may lose when it is said otherwise."""
    edits: dict[Span, str] = {}
    expressions = list(enumerate(expressions_of(step.node), 1))
    made = [made_columns(expression, number) for number, expression in expressions]
    taken = {name for one in made if one.given for name in one.names}
    for number, expression in expressions:
        edits |= _name_of(expression, number, SETS, taken) or _names_inside(expression)
    return edits


def _names_inside(expression: Node) -> Edits:
    """`A = arg_max(t, B = c)` as `(A, B) = arg_max(t, c)`."""
    node = t.descend(expression)
    outer = t.child(node, "NamedExpressionNameClause")
    call = t.strip(node.Expression if outer is not None else node)
    if t.kind(call) != "NamedFunctionCallExpression" or called_name(call) not in _EXTREMES:
        return {}
    arguments = [t.descend(one) for one in t.children(call)[1:]]
    clauses = [t.child(one, "NamedExpressionNameClause") for one in arguments]
    made = [made_columns(one, 1) for one in arguments]
    if not any(clauses) or any(len(one.names) != 1 for one in made):
        return {}
    names = [identifier(one.names[0]) for one in made]
    if outer is not None:
        if outer.Name is None:
            return {}
        names[0] = t.text(outer.Name)
    edits = {span(clause): "" for clause in clauses if clause is not None}
    start = t.start(call)
    edits[span(outer) if outer is not None else (start, start)] = f"({', '.join(names)}) = "
    return edits


_EXTREMES = frozenset({"arg_max", "arg_min"})


def _name_of(
    expression: Node, number: int, functions: Set[str], taken: set[str] | None = None
) -> Edits:
    """The name of what a call of one of these functions makes, if none is written.

    Args:
        taken: Names that others have; a number stands behind one that is among them.
    """
    made, call = made_columns(expression, number), t.strip(expression)
    is_call = t.kind(call) == "NamedFunctionCallExpression"
    if made.given or not is_call or called_name(call) not in functions:
        return {}
    start, name = t.start(expression), made.names[0]
    for again in range(1, len(taken or ()) + 1):
        name = f"{made.names[0]}{again}" if name in (taken or ()) else name
    if taken is not None:
        taken.add(name)
    return {(start, start): f"{identifier(name)} = "}


def _join(step: Step, text: Text) -> Edits:
    """Conditions with `and` between them, as a list."""
    clause = t.child(step.node, "JoinOperatorOnClause")
    further = nodes_below(clause, "LogicalAndOperation") if clause is not None else ()
    return {(t.start(one), t.start(t.children(one)[-1])): ", " for one in further}


REWRITES: Mapping[str, Rewrite] = {
    "AsOperator": _as,
    "DistinctOperator": _distinct,
    "EvaluateOperator": _evaluate,
    "JoinOperator": _join,
    "LookupOperator": _join,
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
    "WhereOperator": _where,
}
"""By the grammar's rule, behind a pipe."""
