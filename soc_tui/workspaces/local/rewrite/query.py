"""Says a query in the forms of KQL that duckdb_kql reads, meaning the same.

Nothing is guessed: a form is rewritten only where its meaning is sure, and all else is left for
duckdb_kql to refuse. Lines stay where they are, so that places in errors hold.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator and function; the pages
of make_set and make_list for the limit of the older makeset and makelist, 128.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import pairwise

from soc_tui.kql.columns.column_nodes import expressions_of
from soc_tui.kql.columns.columns import Checker, Named, Scope
from soc_tui.kql.columns.result_names import made_columns
from soc_tui.kql.columns.schema import Schema, matches
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name, named_table, passed, table_named_by, text_value
from soc_tui.kql.syntax.lexer import Kind, Lexeme, lexemes
from soc_tui.kql.syntax.literals import identifier
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import Catalog, Column, TableSpec
from soc_tui.workspaces.local.rewrite import search_and_find
from soc_tui.workspaces.local.rewrite.calls import SETS, call_otherwise
from soc_tui.workspaces.local.rewrite.mv_apply import row_by_row

_READING_JSON = frozenset({"parse_json", "parsejson", "todynamic", "toobject"})
_MARK = '"\\u0001"'


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
        f"function {one}{_applied(kql, *span, {**rewriter.edits, **tables})}"
        for name, (_, span) in rewriter.functions.items()
        for one, tables in rewriter.kinds(name).items()
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
        reads: Of each function that reads `table(parameter)`: where, by the parameter's name.
        called: Of each of them: the tables that it is called with, by the parameters' names.
        numbers: The number that a let gives a name, "" when the name stands for several things.
    """

    kql: str = ""
    edits: Edits = field(default_factory=dict)
    functions: dict[str, tuple[Span, Span]] = field(default_factory=dict)
    reads: dict[str, dict[str, list[Span]]] = field(default_factory=dict)
    called: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edits.update(t.grammar_edits(self.kql))
        self.edits.update(dict.fromkeys(_signs(self.kql), " "))

    def said(self, start: int, end: int) -> str:
        """The text between two offsets, as it is said so far."""
        return _applied(self.kql, start, end, self.edits)

    def replace(self, span: Span, new: str) -> None:
        """Write `new` in place of a part, and of all that was to change in it."""
        self._forget(span)
        lines = self.kql.count("\n", *span) - new.count("\n")
        self.edits[span] = new + "\n" * lines

    def _forget(self, span: Span) -> None:
        inside = [old for old in self.edits if span[0] <= old[0] and old[1] <= span[1]]
        for old in inside:
            del self.edits[old]

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
        elif what in {"LetVariableDeclaration", "ScalarParameter"}:
            name, value = t.name(t.descend(node.Name)), getattr(node, "Expression", None)
            is_number = value is not None and t.kind(t.strip(value)) == "LongLiteralExpression"
            known = "" if name in self.numbers or not is_number else t.text(t.strip(value))
            self.numbers[name] = known
        for below in t.children(node):
            self.signs(below)

    def table(self, node: Node, scope: Scope) -> Schema:
        """Rewrite the operators that read tables by themselves."""
        found = Checker.table(self, node, scope)
        node = t.strip(node)
        if t.kind(node) == "SearchOperator":
            clause = t.child(node, "SearchOperatorInClause")
            write = search_and_find.searched
        elif t.kind(node) == "FindOperator" and node.ParameterWhereClause is not None:
            clause, write = node.ParameterWhereClause.InClause, search_and_find.found
        else:
            return found
        read = search_and_find.sources(clause, lambda entity: Checker.table(self, entity, scope))
        if read and (new := write(node, read, self._predicate_of(node))):
            self.replace(_span(node), new)
        return found

    def _predicate_of(self, node: Node) -> Callable[[Mapping[Span, str]], str]:
        """The predicate of a search or find, as it is said with further edits."""
        predicate = search_and_find.sought(node)
        return lambda edits: _applied(self.kql, *_span(predicate), {**self.edits, **edits})

    def operator(self, node: Node, row: Schema, scope: Scope) -> Schema:
        """Rewrite the operators that depend on all columns that there are."""
        found = Checker.operator(self, node, row, scope)
        what = t.kind(node)
        if what == "SummarizeOperator":
            self._name_sets(node)
        elif what in {"ParseOperator", "ParseWhereOperator"}:
            self._lead_in(node)
        elif what in {"TakeOperator", "TopOperator"}:
            self._number(node, scope)
        elif what == "MvexpandOperator":
            self._name_expanded(node)
        elif what == "MvapplyOperator":
            if new := row_by_row(node, row, self.said):
                self.replace(_span(node), new)
        elif what == "SearchOperator" and t.child(node, "SearchOperatorInClause") is None:
            if new := search_and_find.piped_search(node, row, self._predicate_of(node)):
                self.replace(_span(node), new)
        elif what in _WRITERS and row.names and not row.open and (new := _WRITERS[what](node, row)):
            self.replace(_span(node), new)
        return found

    def call(self, node: Node, row: Schema, scope: Scope, given: int = 0) -> Schema | None:
        """Rewrite the calls of functions that have another name, or can be said otherwise."""
        found = Checker.call(self, node, row, scope, given)
        called = called_name(node)
        arguments = t.children(node)[1:]
        written = [self.said(*_span(argument)) for argument in arguments]
        if called not in scope and (new := call_otherwise(called, arguments, written, row)):
            self.replace(_span(node), new)
        elif called in scope and called in self.reads:
            self._name_tables(node, passed(node, given, scope[called].parameters))
        return found

    def _name_tables(self, node: Node, values: Mapping[str, Node]) -> None:
        """Call a function that reads tables by their names as one that reads those tables."""
        name = called_name(node)
        arguments = map(t.descend, t.children(node)[1:])
        if any(t.child(one, "NamedExpressionNameClause") is not None for one in arguments):
            return  # duckdb_kql takes no names here
        texts = {key: t.strip(values[key]) for key in self.reads[name] if key in values}
        if any(t.kind(text) != "StringLiteralExpression" for text in texts.values()):
            return
        tables = {key: text_value(text) for key, text in texts.items()}
        kinds = self.called.setdefault(name, [])
        if tables.keys() == self.reads[name].keys():
            kinds.extend([] if tables in kinds else [tables])
            self.edits[_span(node.Name)] = f"{name}__tables{kinds.index(tables)}"

    def kinds(self, name: str) -> dict[str, Edits]:
        """The functions that one function stands for, each with what to write in it."""
        if name not in self.reads:
            return {name: {}}
        return {
            f"{name}__tables{number}": {
                span: identifier(table)
                for key, table in tables.items()
                for span in self.reads[name][key]
            }
            for number, tables in enumerate(self.called.get(name, ()))
        }

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
            reads: dict[str, list[Span]] = {}
            for read, key in _tables_named(node.Body):
                if key in found.parameters:
                    self._forget(_span(read))
                    reads.setdefault(key, []).append(_span(read))
            if reads:
                self.reads[name] = reads
        return found

    def _lead_in(self, node: Node) -> None:
        """Let a pattern that begins with a column begin with a mark, and the text as well."""
        pattern, kind = node.Pattern, node.KindClause
        if pattern.LeadingColumn is not None and (kind is None or "regex" not in t.text(kind)):
            start, end = _span(node.Expression)
            self.edits[start, start] = f"strcat({_MARK}, "
            self.edits[end, end] = ")"
            self.edits[t.start(pattern), t.start(pattern)] = f"{_MARK} "

    def _number(self, node: Node, scope: Scope) -> None:
        """Write the number that a let gives where rows are counted."""
        number = t.strip(node.Expression)
        if t.kind(number) in t.NAMES and (value := self.numbers.get(t.name(number))):
            self.edits[_span(number)] = value

    def _name_expanded(self, node: Node) -> None:
        """Give an array the name of the column that it is read from, as Kusto does."""
        for below in node.Expressions:
            self._keep_name(below.Expression, 1, _READING_JSON)

    def _name_sets(self, node: Node) -> None:
        """Give a set the name that Kusto gives it, which it may lose when said otherwise."""
        for number, expression in enumerate(expressions_of(node), 1):
            self._keep_name(expression, number, SETS)

    def _keep_name(self, expression: Node, number: int, functions: Set[str]) -> None:
        """Write the name of what a call of one of these functions makes, if none is written."""
        made, call = made_columns(expression, number), t.strip(expression)
        is_call = t.kind(call) == "NamedFunctionCallExpression"
        if not made.given and is_call and called_name(call) in functions:
            start = t.start(expression)
            self.edits[start, start] = f"{identifier(made.names[0])} = "


def _tables_named(node: Node) -> Iterator[tuple[Node, str]]:
    """Every `table(name)` below, and the name."""
    if name := table_named_by(node):
        yield node, name
    for below in t.children(node):
        yield from _tables_named(below)


def _codes(kql: str, start: int = 0) -> Iterator[Lexeme]:
    return (piece for piece in lexemes(kql, start) if piece.kind is not Kind.COMMENT)


def _span(node: Node) -> Span:
    return t.start(node), t.end(node)


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
