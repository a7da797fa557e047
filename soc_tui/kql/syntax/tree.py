"""The syntax tree of a KQL text, as duckdb_kql's ANTLR parser gives it, and how to read it.

The parser is untyped and heavy; it is imported at the first parse. Nodes are its context objects.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from soc_tui.model.verdict import Place

Node = Any

NAMES = frozenset(
    {"IdentifierName", "KeywordName", "ExtendedKeywordName", "EscapedName", "ExtendedPathName"}
)
"""Kinds of node that are one name and nothing else."""

_LEAF = "TerminalNodeImpl"

# ANTLR's prediction caches are shared by all parsers of one process and are not made for threads.
_PARSER = threading.Lock()


class NotKqlError(Exception):
    """The text is not KQL.

    Args:
        token: What is unexpected, as written; "" at the end of the text.
        before: The token before it, or "".
        place: Where it stands.
    """

    def __init__(self, token: str, before: str, place: Place) -> None:
        super().__init__(f"unexpected {token!a} at line {place.line}, column {place.column}")
        self.token = token
        self.before = before
        self.place = place


class TooComplexError(Exception):
    """The text would take too long to read."""


UNREADABLE = (NotKqlError, TooComplexError, RecursionError)
"""All that reading a text can raise."""


@lru_cache(maxsize=2)
def parse(kql: str) -> Node:
    """The tree of `kql`.

    Raises:
        NotKqlError: it does not parse; also for management commands.
        TooComplexError: it has too many words and signs, or is too tangled.
        RecursionError: it is nested more deeply than the parser can follow.
    """
    from soc_tui.kql.syntax import antlr

    try:
        with _PARSER:
            return antlr.parse(kql)
    except antlr.FirstError as error:
        place = Place(error.line, error.column, max(1, len(error.token.partition("\n")[0])))
        raise NotKqlError(error.token, error.before, place) from None
    except antlr.TooMuchWorkError:
        raise TooComplexError from None


def grammar_edits(kql: str) -> Mapping[tuple[int, int], str]:
    """What to write in a query that parses, by offsets, so that duckdb_kql reads the same."""
    from soc_tui.kql.syntax import antlr

    with _PARSER:
        return antlr.grammar_edits(kql)


def can_parse_at_once() -> bool:
    """Whether the parser is loaded, which takes a third of a second, and no other thread parses."""
    return "soc_tui.kql.syntax.antlr" in sys.modules and not _PARSER.locked()


_KINDS: dict[type, str] = {}


def kind(node: Node) -> str:
    """Name of the grammar rule that made the node ("JoinOperator")."""
    made_by = type(node)
    if made_by not in _KINDS:
        _KINDS[made_by] = made_by.__name__.removesuffix("Context")
    return _KINDS[made_by]


def children(node: Node) -> list[Node]:
    """The nodes below, without the bare tokens."""
    return [below for below in node.children or () if below.__class__.__name__ != _LEAF]


def child(node: Node, rule: str) -> Node | None:
    """The first node of that rule right below, or None."""
    return next((found for found in children(node) if kind(found) == rule), None)


def descend(node: Node) -> Node:
    """The node at the end of a chain of rules that only pass on."""
    below = node.children
    while below and len(below) == 1 and below[0].__class__.__name__ != _LEAF:
        node = below[0]
        below = node.children
    return node


def strip(node: Node) -> Node:
    """`descend`, and out of brackets."""
    node = descend(node)
    while kind(node) == "ParenthesizedExpression":
        node = descend(node.children[1])
    return node


def start(node: Node) -> int:
    """Offset of the node's first character."""
    return int(node.start.start)


def end(node: Node) -> int:
    """Offset behind the node's last character."""
    return int(node.stop.stop) + 1


def text(node: Node) -> str:
    """The node's own text, without white space and comments."""
    return str(node.getText())


def source(node: Node) -> str:
    """The node as it is written, comments and white space included."""
    return str(node.start.getInputStream().getText(node.start.start, node.stop.stop))


def name(node: Node) -> str:
    """The name that a node of NAMES holds, without brackets and quotes.

    An escaped name with a backslash is given as it is written, so that it equals no known name.
    """
    if kind(node) != "EscapedName":
        return text(node)
    quoted = text(node)[1:-1]
    if "\\" in quoted or quoted[:1] not in "\"'" or quoted.count(quoted[0]) != 2:
        return text(node)
    return quoted[1:-1]


def place(node: Node) -> Place:
    """Where the node stands; its length ends with its first line."""
    length = max(1, end(node) - start(node)) if node.start.line == node.stop.line else 1
    return Place(int(node.start.line), int(node.start.column) + 1, length)


def is_pipe(node: Node) -> bool:
    """Whether the node is a source with operators behind it."""
    return kind(node) == "PipeExpression" and len(node.children) > 1
