"""Walks what stands where a table is read: a name, a call, a path, a source, a pipe."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from soc_tui.kql.columns.schema import EMPTY, OPEN, Schema, of_table
from soc_tui.kql.operators.entry import Inflow
from soc_tui.kql.reading.expressions import ExpressionWalk
from soc_tui.kql.references.bindings import NO_FLOW, Flow, Scope, What
from soc_tui.kql.references.types import ReferenceKind, Spot
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import (
    PATHS,
    named_table,
    table_named_by,
    text_value,
    workspace_table,
)
from soc_tui.kql.syntax.tree import NAMES, Node


@dataclass(slots=True)
class TableWalk(ExpressionWalk):
    """Walks tables; how a pipe is walked, that says which builds on it."""

    @abstractmethod
    def pipe(self, node: Node, scope: Scope, flow: Flow) -> Schema:
        """Walk a pipe; the columns behind its last operator."""

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
        """Walk a node that stands where a table is read; its columns.

        Args:
            row: What it may name where it is a value after all.
            brackets: True where the table's name is one of several, or an argument.
            spot: Where a filter on it can be written, when that is not right behind its name.
            maybe_column: True where a column or a value can stand as well.
        """
        self._done.add(id(node))
        node = t.strip(node)
        here = Spot(t.start(node), t.end(node), brackets)
        own_spot = spot if spot is not None else here
        # Where a spot is given without brackets, no operators can stand: in the list of a search.
        alone = here if spot is None or brackets else None
        if t.kind(node) == "NameReferenceWithDataScope":
            node = t.strip(node.children[0])
        self._done.add(id(node))
        what = t.kind(node)
        if what in NAMES:
            return self._named_table(
                node, scope, flow, own_spot, row if maybe_column else None, alone=alone
            )
        if t.is_pipe(node):
            return self.pipe(node, scope, flow)
        if what == "NamedFunctionCallExpression":
            return self._called_table(
                node, row, scope, flow, own_spot, alone=alone, maybe_column=maybe_column
            )
        if what in PATHS and not (maybe_column and workspace_table(node) == (None, None)):
            return self._path(node, row, scope, flow, own_spot, alone=alone)
        if self.is_source(what):
            found = self.known[what].read(self, node, EMPTY, scope, Inflow(flow, head=True))
            self.rest(node, scope)
            return self.read_table(node, found)
        if what == "WildcardedName":
            self.report(node, t.text(node), ReferenceKind.WILDCARD)
        self.value(node, row, scope)
        return OPEN

    def _called_table(
        self,
        node: Node,
        row: Schema,
        scope: Scope,
        flow: Flow,
        spot: Spot,
        *,
        alone: Spot | None,
        maybe_column: bool,
    ) -> Schema:
        """`table("T")`, `table(parameter)`, or the call of a function."""
        if "table" not in scope:
            if (literal := named_table(node)) is not None:
                name = text_value(literal)
                if (
                    known := scope.get(name)
                ) is not None:  # in case that it finds the query's names
                    known.uses.append(flow)
                self.report(literal, name, ReferenceKind.TABLE, flow, spot=spot, alone=alone)
                return self.read_table(node, self._catalog_table(name))
            known = scope.get(table_named_by(node))
            if known is not None and known.text is not None:
                name = text_value(known.text)
                return self._named_by_let(node, name, scope, flow, spot, alone=alone)
            if known is not None and known.tables is not None:
                known.tables.append((flow, spot))
                return OPEN
        return self.call(node, row, scope, flow, table=not maybe_column) or OPEN

    def _named_by_let(
        self,
        node: Node,
        name: str,
        scope: Scope,
        flow: Flow,
        spot: Spot,
        *,
        alone: Spot | None,
    ) -> Schema:
        """`table(s)` behind `let s = "T"`."""
        if (known := scope.get(name)) is not None:
            known.uses.append(flow)
        self.report(node, name, ReferenceKind.TABLE, flow, spot=spot, alone=alone)
        return self.read_table(node, self._catalog_table(name))

    def _named_table(
        self,
        node: Node,
        scope: Scope,
        flow: Flow,
        spot: Spot,
        row: Schema | None,
        *,
        alone: Spot | None,
    ) -> Schema:
        """A name that is a table's.

        Args:
            row: The columns, where the name may be one of them; None where it may not.
        """
        name, maybe_column = t.name(node), row is not None
        if row is not None and name in row.names:
            self.listed.add(t.place(node))
        known = scope.get(name)
        if known is not None and known.gives_rows:
            known.uses.append(flow)
            self.named_tables(node, known, {})
        elif known is None or known.what is What.COLUMN or not maybe_column:
            self.report(
                node,
                name,
                ReferenceKind.TABLE,
                flow,
                spot=spot,
                alone=alone,
                maybe_column=maybe_column,
            )
        if known is None:
            return self.read_table(node, self._catalog_table(name))
        return self.read_table(node, known.schema or OPEN, own=True)

    def _catalog_table(self, name: str) -> Schema:
        table = self.catalog.table(name)
        return OPEN if table is None else of_table(table)

    def _path(
        self,
        node: Node,
        row: Schema,
        scope: Scope,
        flow: Flow,
        spot: Spot,
        *,
        alone: Spot | None,
    ) -> Schema:
        """`workspace("x").T`, `database("x").T`, `T.U`, `f().g()`: never a plain table."""
        workspace, named = workspace_table(node)
        if workspace is not None and named is not None:
            self.report(workspace, text_value(workspace), ReferenceKind.WORKSPACE)
            self.report(named, t.name(named), ReferenceKind.TABLE, flow, spot=spot, alone=alone)
            return self._catalog_table(t.name(named))
        count = len(self.references)
        is_property = t.kind(node) == "FunctionCallOrPathPathExpression"
        (self._property if is_property else self._parts)(node, row, scope)
        if not any(one.kind is ReferenceKind.REACHING for one, _ in self.references[count:]):
            self.report(node, t.text(node), ReferenceKind.PATH)
        return OPEN
