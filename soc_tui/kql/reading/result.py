"""What one walk through a query tells: references, columns, the rows' way, the answer's pipeline.

The guardrails, the explanation and the local workspace's rewriting all read this one result, so
that none of them takes a name for something else than the others do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.reading.pipeline import Pipeline, answer_pipeline
from soc_tui.kql.references.bindings import Scope
from soc_tui.kql.references.types import Reference
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.verdict import Place


@dataclass(frozen=True, slots=True)
class UnknownColumn:
    """A name that is no column where it stands.

    Attributes:
        known: The columns that there are.
    """

    name: str
    place: Place
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CheckedColumns:
    """What is known of the columns that a query names.

    Where the text does not tell what columns there are (behind `bag_unpack`, in the parameters of
    a function), any name passes: then only the workspace knows.

    Attributes:
        listed: Places of names in lists, as in `in (name)`, that are surely columns: a table can
            stand there too.
        open: True when some names could not be checked.
    """

    unknown: tuple[UnknownColumn, ...] = ()
    listed: frozenset[Place] = frozenset()
    open: bool = False


@dataclass(frozen=True, slots=True)
class TableRead:
    """A node that stands where a table is read.

    Attributes:
        own: It is a name that the query gives.
    """

    node: Node
    schema: Schema
    own: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """An operator of a pipe, with the columns before it and behind it.

    Attributes:
        scope: The query's own names there.
    """

    node: Node
    row: Schema
    behind: Schema
    scope: Scope


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function.

    Attributes:
        row: The columns that its arguments may name.
        parameters: Names of the parameters of a function that the query declares, and which are
            tables; None for all other functions.
        given: How many of the first parameters are not among the arguments.
    """

    node: Node
    row: Schema
    parameters: Mapping[str, bool] | None
    given: int = 0


@dataclass(frozen=True, slots=True)
class Function:
    """A function that the query declares.

    Attributes:
        schema: The columns that it gives; None when it gives a value.
        parameters: Names of its parameters, and which are tables.
        inside: It is declared in another function.
    """

    node: Node
    schema: Schema | None
    parameters: Mapping[str, bool]
    inside: bool


@dataclass(frozen=True, slots=True)
class LooseName:
    """A name that stands where a value does, and that may be a column: the text does not tell.

    Attributes:
        row: The columns that are told there.
        scope: The query's own names there.
    """

    node: Node
    row: Schema
    scope: Scope


Found = TableRead | Step | Call | Function


@dataclass(frozen=True)
class Reading:
    """A query, read.

    Attributes:
        references: Everything that it refers to, in the order of the text.
        columns: The columns that it names.
        found: What was read, each behind all that stands in it.
        lets: What stands behind each name of a let statement; the last of its name.
        final: The statement that gives the answer; None without one.
        loose: Names of which the text does not tell whether they are columns.
    """

    references: tuple[Reference, ...]
    columns: CheckedColumns
    found: tuple[Found, ...]
    lets: Mapping[str, Node] = field(default_factory=dict)
    final: Node | None = None
    loose: tuple[LooseName, ...] = ()

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline of the answer: its tables, its row cap."""
        return answer_pipeline(self.final, self.lets) if self.final is not None else Pipeline()
