"""Says a query in the forms of KQL that duckdb_kql reads, meaning the same.

Nothing is guessed: a form is rewritten only where its meaning is sure, and all else is left for
duckdb_kql to refuse. Lines stay where they are, so that places in errors hold.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator and function; the pages
of make_set and make_list for the limit of the older makeset and makelist, 128.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from soc_tui.kql import tree as t
from soc_tui.kql.column_nodes import expressions_of
from soc_tui.kql.columns import Checker, Named, Scope
from soc_tui.kql.grammar import called_name, named_table, text_value
from soc_tui.kql.lexer import Kind, Lexeme, lexemes
from soc_tui.kql.literals import identifier
from soc_tui.kql.result_names import made_columns
from soc_tui.kql.schema import Schema, matches
from soc_tui.kql.tree import Node
from soc_tui.model.catalog import Catalog, Column, TableSpec

_SAME = {
    "arraylength": "array_length",
    "extractall": "extract_all",
    "makelist": "make_list",
    "makeset": "make_set",
    "parsejson": "parse_json",
}
"""Older names of functions."""

_OLD_LIMIT = "128"
_SETS = frozenset({"make_list", "make_list_if", "make_set", "make_set_if", "makelist", "makeset"})
_IF_EXISTS = frozenset({"column_ifexists", "columnifexists"})
_BYTE = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = rf"@'^(?:{_BYTE}\.){{3}}{_BYTE}(?:/(?:3[0-2]|[12]?\d))?$'"
_PRIVATE_IPV4 = r"@'^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.'"


@dataclass(frozen=True, slots=True)
class Plain:
    """A query as duckdb_kql reads it.

    Attributes:
        functions: Functions of the query that give tables, as duckdb_kql takes stored functions.
    """

    text: str
    functions: tuple[str, ...] = ()


def in_plain_forms(kql: str, tables: Mapping[str, tuple[Column, ...]]) -> Plain:
    """`kql` against these tables; as it is when it cannot be read."""
    try:
        root = t.parse(kql)
        rewriter = _Rewriter(
            Catalog({name: TableSpec(name, columns) for name, columns in tables.items()}), kql=kql
        )
        rewriter.signs(root)
        rewriter.query(root)
    except t.UNREADABLE:
        return Plain(kql)
    functions = tuple(
        f"function {name}{_applied(kql, *span, rewriter.edits)}"
        for name, (_, span) in rewriter.functions.items()
    )
    for whole, _ in rewriter.functions.values():
        rewriter.replace(whole, "")
    return Plain(_applied(kql, 0, len(kql), rewriter.edits), functions)


Span = tuple[int, int]
Edits = dict[Span, str]


def _applied(kql: str, start: int, end: int, edits: Edits) -> str:
    """The part of the text with its edits made; none of them overlap."""
    pieces, done = [], start
    for (first, last), new in sorted(edits.items()):
        if start <= first and last <= end:
            pieces += [kql[done:first], new]
            done = last
    return "".join([*pieces, kql[done:end]])


def _signs(kql: str) -> Iterator[Span]:
    """The dot of `a.[0]`, which means nothing."""
    for one, following in pairwise(_codes(kql)):
        if (kql[one.start : one.end], kql[following.start : following.end]) == (".", "["):
            yield one.start, one.end


@dataclass(slots=True)
class _Rewriter(Checker):
    """Finds what to rewrite, with the columns that there are where it stands.

    Attributes:
        functions: Of each function that gives a table: the whole statement, and what stands
            behind its name.
    """

    kql: str = ""
    edits: Edits = field(default_factory=dict)
    functions: dict[str, tuple[Span, Span]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edits.update(t.grammar_edits(self.kql))
        self.edits.update(dict.fromkeys(_signs(self.kql), " "))

    def replace(self, span: Span, new: str) -> None:
        """Write `new` in place of a part, and of all that was to change in it."""
        inside = [old for old in self.edits if span[0] <= old[0] and old[1] <= span[1]]
        for old in inside:
            del self.edits[old]
        lines = self.kql.count("\n", *span) - new.count("\n")
        self.edits[span] = new + "\n" * lines

    def signs(self, node: Node) -> None:
        """Take away brackets around the whole source of a pipe, which mean nothing; say
        `table("T")` as T."""
        what = t.kind(node)
        if what == "PipeExpression":
            head = t.descend(t.children(node)[0])
            while t.kind(head) == "ParenthesizedExpression":
                self.edits[t.start(head), t.start(head) + 1] = " "
                self.edits[t.end(head) - 1, t.end(head)] = " "
                head = t.descend(head.children[1])
        elif (literal := named_table(node)) is not None:
            self.replace(_span(node), identifier(text_value(literal)))
        for below in t.children(node):
            self.signs(below)

    def operator(self, node: Node, row: Schema, scope: Scope) -> Schema:
        """Rewrite the operators that depend on all columns that there are."""
        found = Checker.operator(self, node, row, scope)
        what = t.kind(node)
        if what == "SummarizeOperator":
            self._name_sets(node)
        elif what in _WRITERS and _is_closed(row) and (new := _WRITERS[what](node, row)):
            self.replace(_span(node), new)
        return found

    def call(self, node: Node, row: Schema, scope: Scope) -> Schema | None:
        """Rewrite the calls of functions that have another name, or can be said otherwise."""
        found = Checker.call(self, node, row, scope)
        called = called_name(node)
        if called not in scope and (new := self._otherwise(called, node, row)):
            self.replace(_span(node), new)
        return found

    def function(self, node: Node, scope: Scope) -> Named:
        """Note the functions that give a table and take values."""
        before = dict(self.functions)
        found = Checker.function(self, node, scope)
        self.functions = before  # those inside of it go with it
        name = t.text(node.Name)
        if found.schema is not None and not any(found.parameters.values()) and name.isidentifier():
            start, end = _span(node)
            parameters = self.kql.index("(", self.kql.index("=", start))
            semicolon = next(_codes(self.kql, end)).end
            self.functions[name] = (start, semicolon), (parameters, end)
        return found

    def _otherwise(self, called: str, node: Node, row: Schema) -> str | None:
        arguments = t.children(node)[1:]
        written = [_applied(self.kql, *_span(argument), self.edits) for argument in arguments]
        if called in _SETS and written:
            return _set(called, written)
        if called in _SAME:
            return f"{_SAME[called]}({', '.join(written)})"
        if called in _IF_EXISTS and len(written) == 2 and _is_closed(row):
            column = text_value(t.strip(arguments[0]))
            return identifier(column) if column in row.names else f"({written[1]})"
        if called == "ipv4_is_private" and len(written) == 1:
            address = f"tostring({written[0]})"
            is_one, is_private = f"matches regex {_IPV4}", f"matches regex {_PRIVATE_IPV4}"
            return f"iff({address} {is_one}, {address} {is_private}, bool(null))"
        return None

    def _name_sets(self, node: Node) -> None:
        """Give a set the name that Kusto gives it, which it may lose when said otherwise."""
        for number, expression in enumerate(expressions_of(node), 1):
            made, call = made_columns(expression, number), t.strip(expression)
            is_call = t.kind(call) == "NamedFunctionCallExpression"
            if not made.given and is_call and called_name(call) in _SETS:
                start = t.start(expression)
                self.edits[start, start] = f"{identifier(made.names[0])} = "


def _set(called: str, arguments: list[str]) -> str | None:
    """The call of an aggregate like `make_set(value, most)` or `make_set_if(value, test, most)`.

    duckdb_kql passes over `most`, so it is cut from the whole.
    """
    value, *rest = arguments
    if called.endswith("_if"):
        if not rest:
            return None
        value = f"iff({rest.pop(0)}, {value}, dynamic(null))"
    most = rest or ([_OLD_LIMIT] if called in _SAME else [])
    made = f"{_SAME.get(called, called).removesuffix('_if')}({value})"
    return f"array_slice({made}, 0, {most[0]} - 1)" if most else made


def _codes(kql: str, start: int = 0) -> Iterator[Lexeme]:
    return (piece for piece in lexemes(kql, start) if piece.kind is not Kind.COMMENT)


def _span(node: Node) -> Span:
    return t.start(node), t.end(node)


def _is_closed(row: Schema) -> bool:
    """Whether all columns are known, and surely there."""
    return bool(row.names) and not row.open and not row.also


def _listed(operator: str, names: Iterable[str]) -> str:
    return f"{operator} {', '.join(map(identifier, names))}"


def _patterns(node: Node) -> list[str]:
    return [
        t.name(named) if t.kind(named) in t.NAMES else t.text(named)
        for named in (t.descend(column) for column in t.children(node))
    ]


def _distinct(node: Node, row: Schema) -> str | None:
    return _listed("distinct", row.names) if node.Star is not None else None


def _away(node: Node, row: Schema) -> str | None:
    patterns = _patterns(node)
    if not any("*" in pattern for pattern in patterns):
        return None
    return _listed("project", row.without(patterns).names)


def _keep(node: Node, row: Schema) -> str:
    patterns = _patterns(node)
    return _listed("project", (name for name in row.names if matches(name, patterns)))


def _reorder(node: Node, row: Schema) -> str | None:
    order: dict[str, None] = {}
    for expression in t.children(node):
        column, *_ = t.children(expression) or [expression]
        pattern = _patterns(expression)[0]
        found = [name for name in row.names if matches(name, [pattern])]
        direction = t.text(expression)[len(t.text(column)) :]
        if direction not in {"", "asc", "desc"}:
            return None
        if direction:
            found.sort(reverse=direction == "desc")
        order.update(dict.fromkeys(found))
    return _listed("project", dict.fromkeys([*order, *row.names]))


_WRITERS = {
    "DistinctOperator": _distinct,
    "ProjectAwayOperator": _away,
    "ProjectKeepOperator": _keep,
    "ProjectReorderOperator": _reorder,
}
