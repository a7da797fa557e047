"""Rewrites a query into equivalent KQL that duckdb_kql reads.

Nothing is guessed: a form is rewritten only where its meaning is sure, and all else is left for
duckdb_kql to refuse. Lines stay where they are, so that places in errors hold.

Source: https://learn.microsoft.com/kusto/query/, the page of each operator and function; the pages
of make_set and make_list for the limit of the older makeset and makelist, 128.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from soc_tui.kql.columns.schema import Schema, Type
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Call, Found, Function, Step, TableRead
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import called_name, named_table, passed, table_named_by, text_value
from soc_tui.kql.syntax.operator_parts import parameter_value
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.text.lexer import Kind, Lexeme, lexemes
from soc_tui.kql.text.literals import identifier, string
from soc_tui.model.catalog import Catalog, Column, TableSpec
from soc_tui.workspaces.local.rewrite import search_and_find
from soc_tui.workspaces.local.rewrite.calls import call_otherwise
from soc_tui.workspaces.local.rewrite.operators import REWRITES, Span, span
from soc_tui.workspaces.local.rewrite.plugins import Before, Peek, operators_behind
from soc_tui.workspaces.local.rewrite.union_types import Branch, renamed, renames, types_of


@dataclass(frozen=True, slots=True)
class Plain:
    """A query as duckdb_kql reads it.

    Attributes:
        functions: Functions of the query that give tables, as duckdb_kql takes stored functions.
    """

    text: str
    functions: tuple[str, ...] = ()


def in_plain_forms(
    kql: str, tables: Mapping[str, tuple[Column, ...]], peek: Peek | None = None
) -> Plain:
    """`kql` against these tables; as it is when it cannot be read.

    Args:
        peek: Looks at rows, for operators whose columns depend on them.
    """
    try:
        catalog = Catalog({name: TableSpec(name, columns) for name, columns in tables.items()})
        reading = read_query(kql, catalog)
        rewriter = _Rewriter(kql, peek)
        rewriter.signs(t.parse(kql))
        rewriter.before = operators_behind(t.parse(kql))
        for found in reading.found:
            rewriter.rewrite(found)
    except t.UNREADABLE:
        return Plain(kql)
    functions = tuple(
        f"function {one}{_applied(kql, *behind, {**rewriter.edits, **tables})}"
        for name, (_, behind) in rewriter.functions.items()
        for one, tables in rewriter.kinds(name).items()
    )
    for whole, _ in rewriter.functions.values():
        rewriter.replace(whole, "")
    return Plain(_applied(kql, 0, len(kql), rewriter.edits), functions)


Edits = dict[Span, str]
_WHOLE = re.compile(r"[+-]?\d+")
_REAL = frozenset({"double", "real"})


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
class _Rewriter:
    """What is written otherwise, so far.

    Attributes:
        functions: Of each function that gives a table: the whole statement, and what stands
            behind its name.
        reads: Of each function that reads `table(parameter)`: where, by the parameter's name.
        called: Of each of them: the tables that it is called with, by the parameters' names.
        reals: Of each function: its parameters that are real numbers.
        numbers: The number that a let gives a name, "" when the name stands for several things.
        before: By the offset of an operator, where the query before it stands.
        ends: Columns behind what has been read so far, by the offset where it ends.
        schemas: Columns of the tables that are read, by their nodes.
    """

    kql: str
    peek: Peek | None = None
    edits: Edits = field(default_factory=dict)
    functions: dict[str, tuple[Span, Span]] = field(default_factory=dict)
    reads: dict[str, dict[str, list[Span]]] = field(default_factory=dict)
    called: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    reals: dict[str, list[str]] = field(default_factory=dict)
    schemas: dict[int, Schema] = field(default_factory=dict)
    before: dict[int, Before] = field(default_factory=dict)
    ends: dict[int, Schema] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.edits.update(t.grammar_edits(self.kql))
        self.edits.update(dict.fromkeys(_signs(self.kql), " "))

    def said(self, start: int, end: int) -> str:
        """The text between two offsets, as it is said so far."""
        return _applied(self.kql, start, end, self.edits)

    def said_with(self, node: Node, edits: Mapping[Span, str]) -> str:
        """The text of a node with further edits."""
        return _applied(self.kql, *span(node), {**self.edits, **edits})

    def replace(self, part: Span, new: str) -> None:
        """Write `new` in place of a part, and of all that was to change in it."""
        self._forget(part)
        lines = self.kql.count("\n", *part) - new.count("\n")
        self.edits[part] = new + "\n" * lines

    def _forget(self, part: Span) -> None:
        inside = [old for old in self.edits if part[0] <= old[0] and old[1] <= part[1]]
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
            self.replace(span(node), identifier(text_value(literal)))
        elif what in {"LetVariableDeclaration", "ScalarParameter"}:
            name, value = t.name(t.descend(node.Name)), getattr(node, "Expression", None)
            is_number = value is not None and t.kind(t.strip(value)) == "LongLiteralExpression"
            known = "" if name in self.numbers or not is_number else t.text(t.strip(value))
            self.numbers[name] = known
        for below in t.children(node):
            self.signs(below)

    def rewrite(self, found: Found) -> None:
        """Rewrite one thing of the query; those that stand in it went before."""
        match found:
            case TableRead():
                self._table(found)
            case Step():
                self._operator(found)
            case Call():
                self._call(found)
            case Function():
                self._function(found)

    def _table(self, read: TableRead) -> None:
        """Operators that read tables by themselves."""
        node = read.node
        self.schemas[id(node)] = read.schema
        if t.kind(node) == "UnionOperator":
            self._split_types(node, None)  # its last branch ends where it ends
        self.ends[t.end(node)] = read.schema
        if t.kind(node) == "UnionOperator":
            return
        if t.kind(node) == "SearchOperator":
            clause = t.child(node, "SearchOperatorInClause")
            write = search_and_find.searched
        elif t.kind(node) == "FindOperator" and node.ParameterWhereClause is not None:
            clause, write = node.ParameterWhereClause.InClause, search_and_find.found
        else:
            return
        sources = search_and_find.sources(clause, lambda entity: self.schemas[id(entity)])
        if sources and (new := write(node, sources, self.said_with)):
            self.replace(span(node), new)

    def _operator(self, step: Step) -> None:
        if t.kind(step.node) == "UnionOperator":
            self._split_types(step.node, step.row)
        self.ends[t.end(step.node)] = step.behind
        if t.kind(step.node) == "UnionOperator":
            return
        rewrite = REWRITES.get(t.kind(step.node))
        for part, new in rewrite(step, self).items() if rewrite is not None else ():
            self.replace(part, new)

    def _split_types(self, node: Node, row: Schema | None) -> None:
        """A name of several types in a union becomes a column of each."""
        before = self.before.get(t.start(node))
        is_inner = parameter_value(node, "kind") == "inner"
        if is_inner or (before is None and row is not None):
            return
        lets = self.said(0, before.statement) if before is not None else ""
        operands = [one for one in t.children(node) if t.kind(one) == "UnionOperatorExpression"]
        branches = [
            Branch(lets + self.said(*span(one)), self._known(t.descend(one))) for one in operands
        ]
        if row is not None and before is not None:
            left = lets + self.said(before.pipe, before.sign)
            branches.insert(0, Branch(left, None if row.open else dict(row.names)))
        look = self.peek.types if self.peek is not None and before is not None else None
        new = renames(types_of(branches, look))
        if not any(new):
            return
        source = parameter_value(node, "withsource") or parameter_value(node, "with_source")
        first = new.pop(0) if row is not None else ""
        if source:
            self._label(node, source, operands, new, after=int(row is not None))
            first = f"{first} | extend {identifier(source)} = 'union_arg0'"
        if first and before is not None and row is not None:
            self.edits[before.sign, before.sign] = f"{first.removeprefix(' ')} "
        for operand, one in zip(operands, new, strict=True):
            self.edits.update(renamed(operand, one))
        if source:
            end = t.end(node)
            last = self.edits.get((end, end), "")
            self.edits[end, end] = f"{last} | project-reorder {identifier(source)}"

    def _label(
        self, node: Node, source: str, operands: list[Node], new: list[str], *, after: int
    ) -> None:
        """Say the name of each branch in it, as a branch with a rename has none of its own."""
        column = identifier(source)
        for parameter in t.children(node):
            if t.text(parameter).startswith(("withsource=", "with_source=")):
                self.replace(span(parameter), "")
        for at, operand in enumerate(operands):
            plain = t.strip(operand)
            label = t.name(plain) if t.kind(plain) in t.NAMES else f"union_arg{at + after}"
            new[at] += f" | extend {column} = {string(label)}"

    def _known(self, operand: Node) -> dict[str, Type] | None:
        schema = self.ends.get(t.end(t.strip(operand)))
        return dict(schema.names) if schema is not None and not schema.open else None

    def _call(self, call: Call) -> None:
        """Calls of functions that have another name, or can be said otherwise."""
        node, called = call.node, called_name(call.node)
        arguments = t.children(node)[1:]
        if call.parameters is not None:
            self._real_arguments(node, passed(node, call.given, call.parameters))
            if called in self.reads:
                self._name_tables(node, passed(node, call.given, call.parameters))
            return
        written = [self.said(*span(argument)) for argument in arguments]
        if new := call_otherwise(called, arguments, written, call.row):
            self.replace(span(node), new)

    def _real_arguments(self, node: Node, values: Mapping[str, Node]) -> None:
        """Numbers that a real parameter stands for are real; duckdb_kql 1.1.2 leaves them whole."""
        called = called_name(node)
        for name in self.reals.get(called, ()):
            if name in values:
                self._real(values[name], as_call=called not in self.functions)

    def _real(self, value: Node, *, as_call: bool) -> None:
        start, end = span(value)
        if _WHOLE.fullmatch(t.text(value)):
            self.edits[end, end] = ".0"
        elif as_call and t.kind(t.strip(value)) != "RealLiteralExpression":
            self.edits[start, start] = "todouble("
            self.edits[end, end] = ")"

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
            self.edits[span(node.Name)] = f"{name}__tables{kinds.index(tables)}"

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

    def _function(self, function: Function) -> None:
        """Note the functions that give a table and take values."""
        node, name = function.node, t.text(function.node.Name)
        listed = t.children(node.ParameterList) if node.ParameterList is not None else []
        reals = [one for one in listed if t.text(getattr(one, "Type", None) or one) in _REAL]
        self.reals[name] = [t.name(t.descend(one.Name)) for one in reals]
        for one in reals:
            if one.Default is not None:
                self._real(one.Default.Value, as_call=False)
        if function.schema is None or any(function.parameters.values()) or not name.isidentifier():
            return
        start, end = span(node)
        parameters = self.kql.index("(", self.kql.index("=", start))
        semicolon = next(_codes(self.kql, end)).end
        if not function.inside:  # those inside of another go with it
            self.functions[name] = (start, semicolon), (parameters, end)
        reads: dict[str, list[Span]] = {}
        for read, key in _tables_named(node.Body):
            if key in function.parameters:
                self._forget(span(read))
                reads.setdefault(key, []).append(span(read))
        if reads:
            self.reads[name] = reads


def _tables_named(node: Node) -> Iterator[tuple[Node, str]]:
    """Every `table(name)` below, and the name."""
    if name := table_named_by(node):
        yield node, name
    for below in t.children(node):
        yield from _tables_named(below)


def _codes(kql: str, start: int = 0) -> Iterator[Lexeme]:
    return (piece for piece in lexemes(kql, start) if piece.kind is not Kind.COMMENT)
