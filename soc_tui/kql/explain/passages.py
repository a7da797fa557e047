"""What a query does, operator by operator, from its syntax tree. Deterministic; asks no model."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from soc_tui.kql.operators.entry import unexplained
from soc_tui.kql.operators.registry import OPERATORS
from soc_tui.kql.phrases.expressions import listed, short, value
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Reading, TableRead
from soc_tui.kql.references.time_bounds import Bound
from soc_tui.kql.references.types import ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.text.lexer import Kind, bracket_depth, lexemes
from soc_tui.model.catalog import Catalog
from soc_tui.model.explanation import Explanation, Passage
from soc_tui.model.text_position import line_and_column
from soc_tui.model.wording import number_of

AUTHOR = "the KQL parser"
_DEEPEST = 8
_MOST_UNREAD = 5
_MOST_BRACKETS = 60
_TOO_MUCH = "It is too long or nested too deeply to parse."
_SUB_PIPES = frozenset({"PipeSubExpression", "ForkOperatorExpression"})
_CALLS = {
    "FunctionCallOrPathPathExpression": "Read {}, which may be in another workspace or database.",
    "NamedFunctionCallExpression": "Take the rows returned by {}.",
}
_NO_TABLES = Catalog()
_OPEN, _CLOSED = frozenset("([{"), frozenset(")]}")


def explain(kql: str, catalog: Catalog | None = None) -> Explanation:
    """What `kql` does, part by part. Never raises.

    Parts that do not parse are said to be unreadable, and the others are explained all the same.

    Args:
        catalog: Says what its tables hold.
    """
    if bracket_depth(kql)[0] > _MOST_BRACKETS:
        return Explanation((), problem=_TOO_MUCH, author=AUTHOR)
    text, problem = kql, ""
    unread: list[Passage] = []
    lost: set[str] = set()
    while text.strip():
        try:
            reading = read_query(text, catalog or _NO_TABLES)
            explainer = _Explainer(catalog or _NO_TABLES, _own_names(reading), lost)
            passages = list(explainer.query(t.parse(text)))
        except t.NotKqlError as error:
            offset = _offset(text, error.place.line, error.place.column)
            problem = problem or _problem(kql, offset)
            part = _part_at(text, offset)
            end = len(text) if part.is_source or len(unread) == _MOST_UNREAD else part.end
            lost |= _let_names(kql[part.start : end])
            text = text[: part.start] + _blank(text[part.start : end]) + text[end:]
            unread.append(_unread(kql, part))
        except (t.TooComplexError, RecursionError):
            return Explanation((), problem=_TOO_MUCH, author=AUTHOR)
        else:
            summary = "" if problem else _summary(reading)
            merged = sorted([*passages, *unread], key=lambda one: (one.line, one.column))
            return Explanation(tuple(merged), summary, problem, AUTHOR)
    return Explanation(tuple(unread), problem=problem or "No query.", author=AUTHOR)


def _level(character: str) -> int:
    return (character in _OPEN) - (character in _CLOSED)


def _let_names(text: str) -> frozenset[str]:
    """Names that let statements give which do not parse."""
    return frozenset(re.findall(r"(?:^|;)\s*let\s+(\w+)", text))


def _own_names(reading: Reading) -> frozenset[int]:
    """Offsets of the names that stand for rows of the query itself, not of a table."""
    reads = (one for one in reading.found if isinstance(one, TableRead))
    return frozenset(t.start(read.node) for read in reads if read.own)


def _problem(kql: str, offset: int) -> str:
    found = next((one for one in lexemes(kql) if one.end > offset), None)
    if found is None:
        return "The query is incomplete."
    line, column = line_and_column(kql, found.start)
    word = re.match(r"\|\s*([\w-]+)", kql[found.start :])
    if word:  # the parser gives up at the pipe when it cannot read what is behind it
        return f"Line {line}, column {column}: the part {word[1]} ... cannot be read."
    return f"Line {line}, column {column}: {kql[found.start : found.end][:60]} does not fit here."


@dataclass(frozen=True, slots=True)
class _Part:
    """A piece of the text from a pipe or the start of a statement to the next, as offsets.

    Attributes:
        is_source: Rows come from it, so what is behind it depends on it.
    """

    start: int
    end: int
    is_source: bool


def _part_at(text: str, offset: int) -> _Part:
    """The part that an error at an offset belongs to.

    At a pipe the parser means what is behind it, at a semicolon what is before it.
    """
    depth, parts = 0, [(0, ";")]
    for lexeme in lexemes(text):
        character = text[lexeme.start] if lexeme.kind is Kind.SYMBOL else ""
        depth += _level(character) if character else 0
        if depth <= 0 and character == "|":
            parts.append((lexeme.start, "|"))
        elif depth <= 0 and character == ";":
            parts.append((lexeme.end, ";"))
    index = max([number for number, (start, _) in enumerate(parts) if start <= offset], default=0)
    start, kind = parts[index]
    end = parts[index + 1][0] if index + 1 < len(parts) else len(text)
    is_let = text[start:end].lstrip().startswith(("let ", "set ", "declare "))
    return _Part(start, end, kind == ";" and not is_let)


def _offset(text: str, line: int, column: int) -> int:
    lines = text.splitlines(keepends=True)
    return sum(len(one) for one in lines[: line - 1]) + column - 1


def _blank(text: str) -> str:
    """Spaces in place of the text, so that what stands behind keeps its place."""
    return re.sub(r"[^\r\n]", " ", text)


def _unread(kql: str, part: _Part) -> Passage:
    text = kql[part.start : part.end]
    line, column = line_and_column(kql, part.start)
    shown = " ".join(text.strip(" |;\r\n\t").split())[:90]
    words = "This part cannot be parsed, so it is not explained."
    return Passage(line, column, line + text.rstrip().count("\n"), shown, words)


def _summary(reading: Reading) -> str:
    """Tables, how far back each, how many rows."""
    tables: dict[str, str] = {}
    for found in reading.references:
        if found.kind in {ReferenceKind.TABLE, ReferenceKind.WILDCARD} and not found.maybe_column:
            tables[found.name] = _reach(found.bounds)
    if not tables:
        return ""
    reaches = set(tables.values())
    if len(reaches) == 1:
        read = f"{listed(list(tables))}: {reaches.pop()}"
    else:
        read = listed([f"{name} ({reach})" for name, reach in tables.items()])
    cap = reading.pipeline.cap
    rows = "" if cap is None else f" Returns at most {number_of(cap.rows, 'row')}."
    return f"Reads {read}.{rows}"


def _reach(bounds: Sequence[Bound] | None) -> str:
    if not bounds:
        return "no time bound"
    hours = [bound.hours for bound in bounds if bound.hours is not None]
    if not hours:
        return "from a fixed time onward"
    for size, unit in ((24.0, "day"), (1.0, "hour"), (1 / 60, "minute")):
        count = round(max(hours) / size, 6)
        if count >= 1 and count.is_integer():
            return f"the last {f'{count:.0f} {unit}s' if count > 1 else unit}"
    return f"the last {max(hours):g} hours"


class _Explainer:
    """Makes the passages of a query that can be read.

    Args:
        own: Offsets of names that stand for rows of the query itself.
        lost: Names of let statements that cannot be read.
    """

    def __init__(self, catalog: Catalog, own: Collection[int], lost: Collection[str]) -> None:
        self._catalog = catalog
        self._own = own
        self._lost = lost

    def query(self, root: Node) -> Iterator[Passage]:
        for statement in t.children(t.child(root, "Query") or root):
            yield from self._statement(statement, 0)

    def _statement(self, statement: Node, depth: int) -> Iterator[Passage]:
        node = t.descend(statement)
        match t.kind(node):
            case "LetVariableDeclaration":
                yield from self._let(node, depth)
            case "LetMaterializeDeclaration":
                words = f"{_declared(node)} is the rows of a query that runs once:"
                yield _passage(node, words, depth, head=node.Expression)
                yield from self._table(node.Expression, depth + 1)
            case "LetFunctionDeclaration" | "LetViewDeclaration":
                yield from self._function(node, depth)
            case "SetStatement":
                yield _passage(node, f"Set an option of the request: {short(node)[4:]}.", depth)
            case "DeclareQueryParametersStatement":
                names = listed([short(below) for below in t.children(node)])
                yield _passage(node, f"Take parameters of the request: {names}.", depth)
            case _:
                yield from self._table(statement, depth)

    def _let(self, node: Node, depth: int) -> Iterator[Passage]:
        name, expression = _declared(node), t.strip(node.Expression)
        if t.is_pipe(expression) or _source_words(expression):
            yield _passage(node, f"{name} is the rows of this query:", depth, head=node.Expression)
            yield from self._table(node.Expression, depth + 1)
        else:
            yield _passage(node, f"{name} is {value(expression)}.", depth)

    def _function(self, node: Node, depth: int) -> Iterator[Passage]:
        parameters = [short(one) for one in t.children(node.ParameterList or node.Name)]
        takes = f" It takes {listed(parameters)}." if node.ParameterList and parameters else ""
        kind = "view" if t.kind(node) == "LetViewDeclaration" else "function"
        words = f"{_declared(node)} is a {kind} for use below.{takes} It does this:"
        yield _passage(node, words, depth, head=node.Body)
        for below in t.children(node.Body):
            if t.kind(below) == "LetFunctionBodyStatement":
                yield from self._statement(below, depth + 1)
        expression = node.Body.Expression
        if expression is not None:
            yield from self._table(expression, depth + 1)

    def _table(self, node: Node, depth: int) -> Iterator[Passage]:
        """A query, or what stands in the place of one."""
        node = t.strip(node)
        if not t.is_pipe(node):
            yield from self._source(node, depth)
            return
        yield from self._table(node.Expression, depth)
        before = t.kind(t.strip(node.Expression))
        for piped in t.children(node)[1:]:
            operator = t.descend(piped.Operator)
            yield from self._operator(operator, before, depth)
            before = t.kind(operator)

    def _source(self, node: Node, depth: int) -> Iterator[Passage]:
        if t.kind(node) in NAMES:
            yield _passage(node, self._table_words(node), depth)
            return
        words = _source_words(node)
        if not words:
            is_operator = "Operator" in t.kind(node)
            words = _operator_words(node, "") if is_operator else f"Return {value(node)}."
        yield from self._with_inner(node, words, depth)

    def _operator(self, operator: Node, before: str, depth: int) -> Iterator[Passage]:
        yield from self._with_inner(operator, _operator_words(operator, before), depth)

    def _with_inner(self, node: Node, words: str, depth: int) -> Iterator[Passage]:
        entry = OPERATORS.get(t.kind(node))
        inner = list(entry.inner(node)) if entry is not None and depth < _DEEPEST else []
        yield _passage(node, words, depth, head=inner[0] if inner else None)
        for pipe in inner:
            if t.kind(t.descend(pipe)) in _SUB_PIPES or not _is_table(pipe):
                yield from self._sub_pipe(pipe, depth + 1)
            else:
                yield from self._table(pipe, depth + 1)

    def _sub_pipe(self, pipe: Node, depth: int) -> Iterator[Passage]:
        """Operators without a source, as in fork, partition and mv-apply."""
        inner = t.descend(pipe)
        operators = [inner]
        if t.kind(inner) in _SUB_PIPES:
            first, *rest = t.children(inner)
            operators = [t.descend(first), *(t.descend(t.children(one)[-1]) for one in rest)]
        before = ""
        for operator in operators:
            yield from self._operator(operator, before, depth)
            before = t.kind(operator)

    def _table_words(self, node: Node) -> str:
        name = t.name(node)
        if t.start(node) in self._own or name in self._lost:
            return f"Take the rows of {name}."
        spec = self._catalog.table(name)
        notes = re.split(r"[.;] |\.$", spec.notes)[0] if spec else ""
        return f"Read {name}{f': {notes}' if notes else ''}."


def _source_words(node: Node) -> str:
    """A sentence on what stands where rows come from and is no table name; empty for others."""
    what = t.kind(node)
    if what in _CALLS:
        return _CALLS[what].format(short(node))
    entry = OPERATORS.get(what)
    return entry.phrase(node) if entry is not None and entry.source else ""


def _operator_words(node: Node, before: str) -> str:
    """A sentence on an operator.

    Args:
        before: Kind of what is right before it in the pipe; empty where it begins one.
    """
    entry = OPERATORS.get(t.kind(node))
    if entry is None:
        return unexplained(node)
    behind = entry.phrase_behind if before else None
    words = behind(node, OPERATORS.get(before)) if behind is not None else ""
    return words or entry.phrase(node)


def _is_table(node: Node) -> bool:
    inner = t.strip(node)
    return t.is_pipe(inner) or t.kind(inner) in NAMES or bool(_source_words(inner))


def _declared(node: Node) -> str:
    return t.name(t.descend(node.Name))


def _passage(node: Node, words: str, depth: int, head: Node | None = None) -> Passage:
    """A passage for a node; with `head`, only the part before that stands for it."""
    last = node.stop.line
    text = short(node)
    if head is not None:
        last = max(node.start.line, t.descend(head).start.line - 1)
    return Passage(node.start.line, node.start.column + 1, last, text, words, depth)
