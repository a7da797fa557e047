"""What is said of each operator, in one entry, and what an entry may ask of the walker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema
from soc_tui.kql.references.bindings import NO_FLOW, Flow, Scope
from soc_tui.kql.references.types import ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node


class Walk(Protocol):
    """The walk through a query, as an operator asks for it.

    `row` is what an expression may name there, `scope` what the query's own names stand for.
    """

    def value(self, node: Node, row: Schema, scope: Scope) -> None:
        """Walk an expression."""

    def values(self, nodes: Iterable[Node], row: Schema, scope: Scope) -> None:
        """Walk expressions."""

    def name(self, node: Node, row: Schema, scope: Scope) -> None:
        """Note a name that is neither a column nor a name of the query."""

    def table(
        self,
        node: Node,
        scope: Scope,
        flow: Flow = NO_FLOW,
        *,
        row: Schema = EMPTY,
        brackets: bool = False,
        spot: Spot | None = None,
        maybe_column: bool = False,
    ) -> Schema:
        """Walk a node that stands where a table is read; its columns."""

    def call(
        self,
        node: Node,
        row: Schema,
        scope: Scope,
        flow: Flow = NO_FLOW,
        *,
        table: bool = False,
        given: int = 0,
    ) -> Schema | None:
        """Walk a call; its columns, None when it gives a value."""

    def operators(
        self, operators: Sequence[Node], row: Schema, scope: Scope, *, branch: bool = False
    ) -> Schema:
        """Walk operators that run on rows with these columns; the columns behind the last.

        Args:
            branch: True in `fork` and `facet`, where no name that `as` gives is known.
        """

    def report(
        self, node: Node, name: str, kind: ReferenceKind, *, first_only: bool = False
    ) -> None:
        """Note that the query refers to something.

        Args:
            first_only: True where only the node's first word is its place.
        """

    def done(self, node: Node) -> None:
        """Say that nothing of a node is left to walk."""


@dataclass(frozen=True, slots=True)
class Inflow:
    """The rows that flow into an operator.

    Attributes:
        flow: What bounds the time of the rows behind it.
        head: True where the operator begins a pipe, so that no rows flow in.
    """

    flow: Flow = NO_FLOW
    head: bool = False


Handler = Callable[[Walk, Node, Schema, Scope, Inflow], Schema]
"""Walks what an operator names: the columns behind it from those before it.

What it does not walk is walked by the walker, with any column allowed: so nothing is passed over.
"""


def same_columns(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """All parts are expressions; the columns stay."""
    walk.values(t.children(node), row, scope)
    return row


def any_names(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """Its names are no columns; the columns stay."""
    return row


def unknown_columns(walk: Walk, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
    """Any name may be a column, before and behind it."""
    return OPEN


class Rows(Enum):
    """What an operator does to the number of rows."""

    PERHAPS_MORE = "perhaps more than before"
    NO_MORE = "never more than before"
    ORDERED = "the same rows in another order"
    CAPPED = "at most the number that is written in it"
    DRAWN = "the same rows, drawn"
    SEVERAL = "several answers"


class Local(Enum):
    """Whether the local workspace runs an operator."""

    RUNS = "runs as it is"
    REWRITTEN = "runs, where need be in other words"
    PARTLY = "runs in some of its forms"
    NOT = "does not run"


class Written(Enum):
    """How an operator is written."""

    WORD = "as a word of its own: coloured as an operator, and offered behind a pipe"
    CALL = "as a function: with brackets right behind it"
    INTERNAL = "as a word that is no use to an analyst, and in no documentation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Completing:
    """What can be typed at an operator.

    Attributes:
        ranks: For each of its words its place among the commonest, 1 the first; 0 for all others.
        begins: Its place among the words that begin a query; 0 for those that begin none.
        old: Words that nobody should type any more.
        arguments: What stands right behind it, where that is no expression.
        behind: Words behind its operands.
        takes_table: One table is read behind it.
        takes_tables: All that stands behind it is tables.
        aggregates: Its expressions are aggregates, up to `by`.
    """

    ranks: tuple[int, ...] = ()
    begins: int = 0
    old: tuple[str, ...] = ()
    arguments: tuple[str, ...] | None = None
    behind: tuple[str, ...] = ()
    takes_table: bool = False
    takes_tables: bool = False
    aggregates: bool = False


def never(node: Node) -> bool:
    """No."""
    return False


def always(node: Node) -> bool:
    """Yes."""
    return True


def unexplained(node: Node) -> str:
    """A sentence that says that there is none; every operator begins with its own name."""
    return f"Apply {node.start.text} to the rows; what it does is not explained here."


def no_queries(node: Node) -> Iterator[Node]:
    """No query stands in it."""
    yield from ()


def no_tables(node: Node) -> list[Node]:
    """It reads none of its own, or it cannot be said which."""
    return []


def no_condition(node: Node) -> Node | None:
    """It keeps rows whatever they hold, or it cannot be said which."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """All that is known of one operator.

    Attributes:
        rule: The grammar's rule for it.
        words: The words for it, the usual one first.
        read: Walks what it names; gives the columns behind it.
        keeps_time: Whether a time bound behind it bounds the rows before it too.
        rows: What it does to the number of rows.
        phrase: A sentence on it.
        local: Whether the local workspace runs it.
        why_not: What the user reads where it does not, or only partly.
        part_rule: The rule of its only part, which the tree then holds in its place; or "".
        refused: Why the guardrails refuse it; "" for operators that are allowed.
        source: A pipe can begin with it.
        tables: The tables and queries whose rows it gives, where a pipe begins with it.
        filters: The condition that all rows behind it meet.
        orders: Its rows come in the order that it says.
        few: Whether its answer is short by its nature.
        row_by_row: What it makes of a row is the same whatever the other rows are.
        phrase_behind: The sentence behind another operator or a table (then None), where it
            depends on that; "" where it does not.
        inner: Queries in it that are explained after it.
    """

    rule: str
    words: tuple[str, ...]
    read: Handler
    keeps_time: Callable[[Node], bool]
    rows: Rows
    phrase: Callable[[Node], str]
    local: Local
    why_not: str = ""
    written: Written = Written.WORD
    part_rule: str = ""
    refused: str = ""
    source: bool = False
    tables: Callable[[Node], list[Node]] = no_tables
    filters: Callable[[Node], Node | None] = no_condition
    orders: bool = False
    few: Callable[[Node], bool] = never
    row_by_row: bool = False
    phrase_behind: Callable[[Node, Operator | None], str] | None = None
    inner: Callable[[Node], Iterator[Node]] = no_queries
    completing: Completing = Completing()
