"""Words of the language that stand where the service does not take them. Of the text alone.

Held against Microsoft's own parser (tests/oracle); no public or documented query has them there.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from soc_tui.kql.slips.expressions import Slip
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.kql.syntax.vocabulary import words
from soc_tui.kql.text.lexer import Kind, lexemes
from soc_tui.model.text_position import line_and_column
from soc_tui.model.verdict import Place

_CHARTS = words(
    """
    anomalychart areachart barchart card columnchart ladderchart linechart piechart pivotchart
    scatterchart timechart timepivot treemap
    """
)
_MADE = _CHARTS | words("byte date first kind last others time timeline")
_DECLARED = _MADE | {"title"}
_READ = _DECLARED - {"kind"}
_ANY = re.compile(
    rf"(?<![\w$'\"])(?:{'|'.join(sorted(_READ))})(?![\w'\"(])"
    r"|(?:[,;]|\b(?:by|extend|let|project|summarize))\s*kind\s*=(?![=~])|\bkind\s*:"
)
_RULES = t.NAMES | {
    "LetVariableDeclaration", "NamedExpressionNameClause", "RowSchemaColumnDeclaration",
}  # fmt: skip


def words_as_names(kql: str) -> Iterator[Slip]:
    """Columns and values that are called like a word which needs brackets: `first = min(a)`."""
    if not _ANY.search(kql):
        return
    found: defaultdict[str, list[Node]] = defaultdict(list)
    for node in _named(t.parse(kql)):
        found[t.kind(node) if t.kind(node) not in t.NAMES else ""].append(node)
    made = [clause.Name for clause in found["NamedExpressionNameClause"] if clause.Name]
    declared = [let.Name for let in found["LetVariableDeclaration"]]
    declared += [one for one in found["RowSchemaColumnDeclaration"] if t.text(one)[:5] == "kind:"]
    named = {t.start(node) for node in (*made, *declared)}
    # A column of a datatable may be called title.
    schemas = found["RowSchemaColumnDeclaration"]
    named |= {t.start(one) for one in schemas if t.text(one).startswith("title")}
    read = [node for node in found[""] if t.start(node) not in named]
    for bare, nodes in ((_MADE, made), (_DECLARED, declared), (_READ, read)):
        for node in nodes:
            word = t.text(node).partition(":")[0]
            if word in bare:
                message = f"{word} is a word of the language, and no name without brackets"
                yield Slip(message, t.place(node), f"Write ['{word}'], or another name.")


def _named(root: Node) -> Iterator[Node]:
    """The nodes that name something, in one walk."""
    left = [root]
    while left:
        node = left.pop()
        if t.kind(node) in _RULES:
            yield node
        left.extend(t.children(node))


def loose_materialize(kql: str) -> Iterator[Slip]:
    """`materialize(…)` anywhere but as the whole value of a let."""
    if "materialize" not in kql:
        return
    pieces = [piece for piece in lexemes(kql) if piece.kind is not Kind.COMMENT]
    words = [kql[piece.start : piece.end] for piece in pieces]
    for at, (word, behind) in enumerate(pairwise(words)):
        if word != "materialize" or behind != "(":
            continue
        is_let = at > 2 and words[at - 1] == "=" and words[at - 3] == "let"
        if not is_let or words[_closing(words, at + 1) :][:2] != [")", ";"]:
            message = "materialize() is the whole value of a let, or nothing"
            line, column = line_and_column(kql, pieces[at].start)
            yield Slip(message, Place(line, column, len(word)), "Leave it out here.")


def _closing(words: list[str], at: int) -> int:
    depth = 0
    for index in range(at, len(words)):
        depth += (words[index] == "(") - (words[index] == ")")
        if not depth:
            return index
    return len(words)
