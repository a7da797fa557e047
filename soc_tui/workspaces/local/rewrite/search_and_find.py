"""Rewrites `search` and `find` as unions with filters, which duckdb_kql reads.

Only what is documented is said: tables by name, columns of one type in all of them, and terms. All
else is left for duckdb_kql to refuse.

Source: https://learn.microsoft.com/kusto/query/search-operator and find-operator, of which the
table of terms: "a" is `has`, "*a" `hassuffix`, "a*" `hasprefix`, "*a*" `contains`, "a*b" a regular
expression; and that find leaves out tables without a column of its predicate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from soc_tui.kql.columns.schema import Schema, Type
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name, text_value
from soc_tui.kql.syntax.operator_parts import nodes_below, parameter_value
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.text.literals import identifier, string

Span = tuple[int, int]
Sources = Sequence[tuple[str, Schema]]
"""Tables by name, with their columns."""

Say = Callable[[Node, Mapping[Span, str]], str]
"""The text of a node, as it is said so far, with further edits made."""

_TABLE = "$table"
_ROW = 'strcat_delim("\\n", '


def sources(clause: Node | None, schema_of: Callable[[Node], Schema]) -> Sources:
    """The tables that `in (A, B)` names; none when one is no name, or not known whole."""
    found = []
    for source in t.children(clause) if clause is not None else ():
        entity = t.descend(source)
        if t.kind(entity) == "FindOperatorSourceEntityExpression" or t.kind(entity) not in NAMES:
            return ()
        schema = schema_of(entity)
        if not schema.closed:
            return ()
        found.append((t.name(entity), schema))
    return found


def sought(node: Node) -> Node | None:
    """What a search or find looks for; None for `*`."""
    star = getattr(node, "StarAndExpression", None)
    return star.Expression if star is not None else node.Expression


def searched(node: Node, read: Sources, say: Say) -> str | None:
    """A `search in (…)` as a union.

    Args:
        say: The text of a node with further edits made.
    """
    columns = _columns(read)
    if not columns or node.Parameters:
        return None
    predicate = sought(node)
    edits = _terms(predicate, columns) if predicate is not None else {}
    if edits is None:
        return None
    parts = [
        f"({identifier(name)} | extend {identifier(_TABLE)} = {string(name)})" for name, _ in read
    ]
    where = f" | where {say(predicate, edits)}" if predicate is not None else ""
    return f"union {', '.join(parts)}{where} | project {_listed([_TABLE, *columns])}"


def piped_search(node: Node, row: Schema, say: Say) -> str | None:
    """A `search` behind a pipe as a filter.

    Its rows come from no table by name: `$table` is then a name that the system makes, and differs.
    """
    predicate = sought(node)
    if predicate is None or node.Parameters or row.open or not row.names:
        return None
    edits = _terms(predicate, row.names)
    if edits is None:
        return None
    made = string("union_arg0")
    kept = [name for name in row.names if name != _TABLE]
    where = f"where {say(predicate, edits)} | extend {identifier(_TABLE)} = {made}"
    return f"{where} | project {_listed([_TABLE, *kept])}"


def of_all_columns(node: Node, row: Schema) -> Mapping[Span, str]:
    """What to write in a `where * has "a"`; nothing where it names its columns."""
    if row.open or not row.names or "*" not in t.text(node):
        return {}
    return _terms(node, row.names) or {}


def found(node: Node, read: Sources, say: Say) -> str | None:
    """A `find in (…) where …` as a union."""
    named = list(dict.fromkeys(_names(node.Expression, _columns(read))))
    edits = _terms(node.Expression, _columns(read))
    projected = _projected(node.ProjectClause)
    if edits is None or projected is None or node.ProjectAwayClause is not None:
        return None
    looks_everywhere = any(new.startswith(_ROW) for new in edits.values())
    if not looks_everywhere:
        read = [one for one in read if any(name in one[1].names for name in named)]
    columns = _columns(read)
    source = parameter_value(node.ParameterWhereClause, "withsource") or "source_"
    if not columns or source in columns or any(name not in columns for name in projected):
        return None
    packed = node.ProjectClause is None
    if packed:
        projected = [name for name in columns if all(name in one.names for _, one in read)]
        projected += [name for name in named if name not in projected]
    needed = [*columns] if looks_everywhere else [*named, *projected]
    parts = [_part(one, source, needed, projected if packed else None) for one in read]
    shown = dict.fromkeys([source, *projected, *(["pack_"] if packed else [])])
    return (
        f"union {', '.join(parts)} | where {say(node.Expression, edits)} | project {_listed(shown)}"
    )


def _part(
    read: tuple[str, Schema], source: str, needed: Iterable[str], plain: Sequence[str] | None
) -> str:
    """One table of a find, with the columns that are needed; those not in `plain` are packed."""
    name, schema = read
    columns = [column for column in dict.fromkeys(needed) if column in schema.names]
    made = [f"{identifier(source)} = {string(name)}", *map(identifier, columns)]
    if plain is not None:
        rest = [column for column in schema.names if column not in plain]
        pairs = (f"{string(column)}, {identifier(column)}" for column in rest)
        made.append(f"pack_ = bag_pack({', '.join(pairs)})" if rest else "pack_ = dynamic({})")
    return f"({identifier(name)} | project {', '.join(made)})"


def _projected(clause: Node | None) -> list[str] | None:
    """The plain columns of a `project`; None when it has types, or packs."""
    if clause is None:
        return []
    if any(True for _ in nodes_below(clause, "FindOperatorOptionalColumnType")):
        return None
    if any(True for _ in nodes_below(clause, "FindOperatorPackExpression")):
        return None
    plain = [t.descend(column) for column in t.children(clause)]
    return [t.name(column) for column in plain] if all(t.kind(c) in NAMES for c in plain) else None


def _columns(read: Sources) -> Mapping[str, Type]:
    """All columns of the tables; none when one has several types, which Kusto splits."""
    columns: dict[str, Type] = {}
    for _, schema in read:
        for name, kind in schema.names.items():
            if columns.setdefault(name, kind) is not kind:
                return {}
    return columns


def _names(node: Node, columns: Mapping[str, Type]) -> Iterable[str]:
    if t.kind(node) in NAMES:
        yield from [t.name(node)] if t.name(node) in columns else []
    for below in t.children(node):
        yield from _names(below, columns)


def _terms(node: Node, columns: Iterable[str]) -> dict[Span, str] | None:
    """What to write for the terms of a predicate; None when one cannot be said."""
    node = t.strip(node)
    what, start = t.kind(node), t.start(node)
    if what in {"LogicalAndExpression", "LogicalOrExpression"}:
        return _joined(t.children(node), columns)
    if what in {"LogicalAndOperation", "LogicalOrOperation"}:
        return _terms(node.Right, columns)
    if what == "NamedFunctionCallExpression" and called_name(node) == "not":
        return _joined(t.children(node)[1:], columns)
    if what == "StringBinaryOperatorExpression" and len(t.children(node)) == 2:
        return _column_term(t.children(node)[1])
    if what == "StringLiteralExpression":
        term = _term(text_value(node))
        return {(start, t.end(node)): f"{_whole_row(columns)} {term}"} if term else None
    whole = {(start, start + 1): _whole_row(columns)}
    return {"StringStarOperatorExpression": whole, "StarEqualityExpression": None}.get(what, {})


def _column_term(operation: Node) -> dict[Span, str] | None:
    """What to write for the `:"a"` of `Column:"a"`; nothing for other operators."""
    if operation.HasOperator is None:
        return {}
    value = t.strip(operation.Right)
    term = _term(text_value(value)) if t.kind(value) == "StringLiteralExpression" else None
    return {(t.start(operation), t.end(operation)): f" {term}"} if term else None


def _joined(nodes: Iterable[Node], columns: Iterable[str]) -> dict[Span, str] | None:
    edits: dict[Span, str] = {}
    for node in nodes:
        inside = _terms(node, columns)
        if inside is None:
            return None
        edits |= inside
    return edits


def _term(term: str) -> str | None:
    """Operator and value for a term with or without asterisks."""
    inner = term.strip("*")
    if not inner or "\n" in inner or '"' in inner or "\\" in inner:
        return None
    if "*" in inner:
        pattern = ".*".join(map(re.escape, term.split("*")))
        return f'matches regex @"\\b{pattern}\\b"' if term == inner else None
    starts, ends = term.startswith("*"), term.endswith("*")
    operator = ("has", "hasprefix", "hassuffix", "contains")[ends + 2 * starts]
    return f"{operator} {string(inner)}"


def _whole_row(columns: Iterable[str]) -> str:
    """All columns as one text, a line a column: no term goes over the end of a line."""
    return f'{_ROW}{_listed(columns)}, "")'


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))
