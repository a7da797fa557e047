"""What a walk notes: references, columns that are not there, and what was walked already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.entry import Operator
from soc_tui.kql.reading.result import Found, LooseName, TableRead, UnknownColumn
from soc_tui.kql.references.bindings import NO_FLOW, Flow, Scope
from soc_tui.kql.references.types import Reference, ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node
from soc_tui.model.catalog import Catalog
from soc_tui.model.verdict import Place


@dataclass(slots=True)
class Notes:
    """The notes of one walk.

    Attributes:
        known: All operators by the grammar's rule.
        open: True when some names could not be checked.
        taking: Names of the query's functions that take something.
        followed: Offsets of the names in their calls that were followed.
        closed_off: Offsets of tables behind which no denied column comes through.
    """

    catalog: Catalog
    known: Mapping[str, Operator]
    references: list[tuple[Reference, Flow]] = field(default_factory=list)
    unknown: list[UnknownColumn] = field(default_factory=list)
    listed: set[Place] = field(default_factory=set)
    open: bool = False
    found: list[Found] = field(default_factory=list)
    loose: list[LooseName] = field(default_factory=list)
    taking: set[str] = field(default_factory=set)
    followed: set[int] = field(default_factory=set)
    closed_off: set[int] = field(default_factory=set)
    _done: set[int] = field(default_factory=set)

    def report(
        self,
        node: Node,
        name: str,
        kind: ReferenceKind,
        flow: Flow = NO_FLOW,
        *,
        spot: Spot | None = None,
        alone: Spot | None = None,
        maybe_column: bool = False,
        first_only: bool = False,
    ) -> None:
        """Note a reference.

        Args:
            first_only: True where only the node's first word is its place.
        """
        place = t.place(node)
        if first_only:
            place = replace(place, length=len(node.start.text))
        found = Reference(name, kind, place, t.start(node), maybe_column, spot=spot, alone=alone)
        self.references.append((found, flow))

    def name(self, node: Node, row: Schema, scope: Scope) -> None:
        """Note a name that is neither a column nor a name of the query."""
        name = t.name(node)
        if name in row.names or name in row.also or name in scope or name.startswith("$"):
            return
        if row.open:
            self.loose.append(LooseName(node, row, scope))
        else:
            self.unknown.append(UnknownColumn(name, t.place(node), tuple(row.names)))

    def read_table(self, node: Node, schema: Schema, *, own: bool = False) -> Schema:
        """Note that a table is read; its columns again."""
        self.found.append(TableRead(node, schema, own))
        return schema

    def done(self, node: Node) -> None:
        """Say that nothing of a node is left to walk."""
        self._done.update(map(id, t.children(node)))
        self._done.add(id(node))

    def _is_begun(self, node: Node) -> bool:
        """Whether something below was walked already."""
        return any(id(below) in self._done or self._is_begun(below) for below in t.children(node))
