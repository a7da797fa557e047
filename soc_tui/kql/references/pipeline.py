"""The main pipeline of a KQL text: its tables, its row cap, and where to add one.

The main pipeline is that of the last statement, followed to the left through `let` names, brackets
and function bodies to where rows are first read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import named_table, text_value
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.kql.syntax.vocabulary import words
from soc_tui.model.verdict import Place

_NEVER_MORE_ROWS = frozenset(
    f"{name}Operator"
    for name in words(
        """
        As AssertSchema Count Distinct Extend Parse ParseKv ParseWhere Project ProjectAway
        ProjectKeep ProjectRename ProjectReorder ReduceBy Render Sample SampleDistinct Serialize
        Sort Summarize Take Top TopHitters Where
        """
    )
)
_CAPS = frozenset({"SampleDistinctOperator", "SampleOperator", "TakeOperator", "TopOperator"})
_ORDER_AND_CAP = _CAPS | {"RenderOperator", "SortOperator"}
_MANY_RESULTS = frozenset({"FacetByOperator", "ForkOperator"})


@dataclass(frozen=True, slots=True)
class Cap:
    """The row cap of the answer: rows, and where the number stands."""

    rows: int
    place: Place


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What the main pipeline does.

    Attributes:
        tables: Names that it starts from; several after `union` or `search in`.
        cap: The smallest cap that holds for the answer, or None.
        cap_at: Offset where `| take N` can be written, or None.
        narrow_at: Offset where a further `| where` can be written: before the last order and cap.
        few: True when the answer is one row or a schema by its nature (`count`, `summarize`
            without `by`, `getschema`, `consume`).
    """

    tables: tuple[str, ...] = ()
    cap: Cap | None = None
    cap_at: int | None = None
    narrow_at: int = 0
    few: bool = False


@lru_cache(maxsize=4)
def main_pipeline(kql: str) -> Pipeline:
    """The main pipeline of `kql`.

    Raises:
        NotKqlError, TooComplexError: it cannot be read.
        RecursionError: it is nested too deeply.
    """
    root = t.parse(kql)
    lets: dict[str, Node] = {}
    final: Node | None = None
    for statement in t.children(t.child(root, "Query") or root):
        node = t.descend(statement)
        if t.child(statement, "QueryStatement") is not None:
            final = statement
        elif t.kind(node) in {"LetVariableDeclaration", "LetMaterializeDeclaration"}:
            lets[t.name(t.descend(node.Name))] = node.Expression
        elif t.kind(node) in {"LetFunctionDeclaration", "LetViewDeclaration"}:
            lets[t.name(t.descend(node.Name))] = node.Body.Expression
    return _pipeline(final, lets) if final is not None else Pipeline()


def _pipeline(final: Node, lets: Mapping[str, Node]) -> Pipeline:
    chain, source = _chain(final, lets)
    operators = [operator for pipe in chain for operator in pipe]
    # Right to left in the text is left to right in the chain: the innermost pipe runs first.
    names = _source_names(source, lets)
    last = [operator for operator in chain[-1] if t.kind(operator) != "RenderOperator"]
    end = t.end(last[-1]) if last else t.end(t.descend(final))
    if last or not chain[-1]:
        cap_at: int | None = end
    else:
        cap_at = t.end(t.descend(final).Expression)
    if any(t.kind(operator) in _MANY_RESULTS for operator in operators):
        cap_at = None
    return Pipeline(
        tables=tuple(_name(found) for found in names if found is not None),
        cap=_cap(operators),
        cap_at=cap_at,
        narrow_at=_narrow_at(final, chain[-1]),
        few=_few(operators),
    )


def _narrow_at(final: Node, operators: Sequence[Node]) -> int:
    left = list(operators)
    while left and t.kind(left[-1]) in _ORDER_AND_CAP:
        left.pop()
    if left:
        return t.end(left[-1])
    whole = t.descend(final)
    return t.end(whole.Expression if operators else whole)


def _chain(node: Node, lets: Mapping[str, Node]) -> tuple[list[list[Node]], Node]:
    """Operators of each pipe on the way to the source, the innermost first, and the source."""
    chain: list[list[Node]] = []
    seen: set[str] = set()
    current = t.strip(node)
    if t.kind(t.descend(node)) == "ParenthesizedExpression":
        chain.append([])
    while True:
        if t.is_pipe(current):
            chain.append([t.descend(piped.Operator) for piped in t.children(current)[1:]])
            current = t.strip(current.Expression)
            continue
        followed = _let_name(current)
        if followed not in lets or followed in seen:
            break
        if not chain:
            chain.append([])
        seen.add(followed)
        current = t.strip(lets[followed])
    return (chain or [[]])[::-1], current


def _let_name(node: Node) -> str:
    if t.kind(node) in NAMES:
        return t.name(node)
    if t.kind(node) == "NamedFunctionCallExpression":
        return t.text(node.Name)
    return ""


def _source_names(source: Node, lets: Mapping[str, Node]) -> list[Node | None]:
    """Name nodes of the tables that a source reads; None for what is no plain table name."""
    what = t.kind(source)
    if what in NAMES:
        return [source]
    if (literal := named_table(source)) is not None:
        return [literal]
    if what == "UnionOperator":
        operands = [x for x in t.children(source) if t.kind(x) == "UnionOperatorExpression"]
    elif what == "SearchOperator" and (clause := t.child(source, "SearchOperatorInClause")):
        operands = t.children(clause)
    else:
        return []
    found = [t.descend(operand) for operand in operands]
    return [
        operand if t.kind(operand) in NAMES and t.name(operand) not in lets else None
        for operand in found
    ]


def _name(node: Node) -> str:
    return t.name(node) if t.kind(node) in NAMES else text_value(node)


def _cap(operators: Sequence[Node]) -> Cap | None:
    best: Cap | None = None
    for operator in reversed(operators):
        if t.kind(operator) not in _NEVER_MORE_ROWS:
            break
        found = _own_cap(operator)
        if found is not None and (best is None or found.rows < best.rows):
            best = found
    return best


def _own_cap(operator: Node) -> Cap | None:
    if t.kind(operator) not in _CAPS:
        return None
    numbers = [x for x in t.children(operator) if t.kind(x) == "NamedExpression"]
    number = t.descend(numbers[0]) if numbers else None
    if number is None or t.kind(number) != "LongLiteralExpression":
        return None
    written = t.text(number)
    if not written.isdecimal() or len(written) > 18:
        return None
    return Cap(int(written), t.place(number))


def _few(operators: Sequence[Node]) -> bool:
    for operator in reversed(operators):
        what = t.kind(operator)
        if what in {"ConsumeOperator", "CountOperator", "GetSchemaOperator"}:
            return True
        if what == "SummarizeOperator":
            return t.child(operator, "SummarizeOperatorByClause") is None
        if what not in _NEVER_MORE_ROWS:
            return False
    return False


def main_table(kql: str) -> str:
    """The table that the answer's rows come from; "" when it is not one, or cannot be told."""
    try:
        tables = set(main_pipeline(kql).tables)
    except t.UNREADABLE:
        return ""
    return tables.pop() if len(tables) == 1 else ""


def row_cap(kql: str) -> int | None:
    """The smallest `take`, `top` or `sample` that holds for the answer, rows; None without one."""
    try:
        cap = main_pipeline(kql).cap
    except t.UNREADABLE:
        return None
    return cap.rows if cap else None
