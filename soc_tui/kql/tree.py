"""The syntax tree of a KQL text, as duckdb_kql's ANTLR parser gives it, and how to read it.

The parser is untyped and heavy; it is imported at the first parse. Nodes are its context objects.
"""

from __future__ import annotations

import threading
from typing import Any

from soc_tui.model.verdict import Place

Node = Any

NAMES = frozenset(
    {"IdentifierName", "KeywordName", "ExtendedKeywordName", "EscapedName", "ExtendedPathName"}
)
"""Kinds of node that are one name and nothing else."""

# ANTLR's prediction caches are shared by all parsers of one process and are not made for threads.
_PARSER = threading.Lock()


class NotKqlError(Exception):
    """The text is not KQL.

    Args:
        message: What is wrong, in the parser's words.
        line, column: Where, 1-based.
    """

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def parse(kql: str) -> Node:
    """The tree of `kql`.

    Raises:
        NotKqlError: it does not parse.
        RecursionError: it is nested more deeply than the parser can follow.
    """
    import duckdb_kql

    try:
        with _PARSER:
            tree = duckdb_kql.parse(kql).tree
    except duckdb_kql.KqlSyntaxError as error:
        first = error.diagnostics[0]
        raise NotKqlError(first.message, first.span.line, first.span.column + 1) from None
    if tree is None:
        raise NotKqlError("management commands are not queries", 1, 1)
    return tree


def kind(node: Node) -> str:
    """Name of the grammar rule that made the node ("JoinOperator")."""
    return type(node).__name__.removesuffix("Context")


def children(node: Node) -> list[Node]:
    """The nodes below, without the bare tokens."""
    return [child for child in node.children or () if hasattr(child, "children")]


def child(node: Node, rule: str) -> Node | None:
    """The first node of that rule right below, or None."""
    return next((found for found in children(node) if kind(found) == rule), None)


def descend(node: Node) -> Node:
    """The node at the end of a chain of rules that only pass on."""
    while node.children and len(node.children) == 1 and hasattr(node.children[0], "children"):
        node = node.children[0]
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
