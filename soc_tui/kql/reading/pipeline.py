"""The pipeline that gives the answer of a query: its tables, its row cap, and where to add one.

It is that of the last statement, followed to the left through `let` names, brackets
and function bodies to where rows are first read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from soc_tui.kql.operators.entry import Rows
from soc_tui.kql.operators.registry import OPERATORS
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import named_table, text_value
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.verdict import Place

_LAST = frozenset({Rows.ORDERED, Rows.CAPPED, Rows.DRAWN})
"""What stands behind all filters."""

_MORE = frozenset({Rows.PERHAPS_MORE, Rows.SEVERAL})


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


def answer_pipeline(final: Node, lets: Mapping[str, Node]) -> Pipeline:
    """The pipeline of a statement, with what stands behind the names of let statements."""
    chain, source = _chain(final, lets)
    operators = [operator for pipe in chain for operator in pipe]
    # Right to left in the text is left to right in the chain: the innermost pipe runs first.
    names = _source_names(source, lets)
    last = [operator for operator in chain[-1] if _rows(operator) is not Rows.DRAWN]
    end = t.end(last[-1]) if last else t.end(t.descend(final))
    if last or not chain[-1]:
        cap_at: int | None = end
    else:
        cap_at = t.end(t.descend(final).Expression)
    if any(_rows(operator) is Rows.SEVERAL for operator in operators):
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
    while left and _rows(left[-1]) in _LAST:
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
    entry = OPERATORS.get(what)
    return [
        operand if t.kind(operand) in NAMES and t.name(operand) not in lets else None
        for operand in (entry.tables(source) if entry is not None else ())
    ]


def _name(node: Node) -> str:
    return t.name(node) if t.kind(node) in NAMES else text_value(node)


def _rows(operator: Node) -> Rows:
    entry = OPERATORS.get(t.kind(operator))
    return entry.rows if entry is not None else Rows.PERHAPS_MORE


def _cap(operators: Sequence[Node]) -> Cap | None:
    best: Cap | None = None
    for operator in reversed(operators):
        rows = _rows(operator)
        if rows in _MORE:
            break
        found = _own_cap(operator) if rows is Rows.CAPPED else None
        if found is not None and (best is None or found.rows < best.rows):
            best = found
    return best


def _own_cap(operator: Node) -> Cap | None:
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
        entry = OPERATORS.get(t.kind(operator))
        if entry is None:
            return False
        if entry.few(operator):
            return True
        if entry.rows in _MORE:
            return False
    return False
