"""Walks pipes: the operators one behind the other, each on the columns of the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.entry import Inflow
from soc_tui.kql.operators.refused import refuse_operator
from soc_tui.kql.reading.closing_off import closes_off
from soc_tui.kql.reading.result import Step
from soc_tui.kql.reading.tables import TableWalk
from soc_tui.kql.references.bindings import (
    NO_FLOW,
    Binding,
    Flow,
    Scope,
    What,
    declared_name,
    known_values,
)
from soc_tui.kql.references.time_bounds import predicate_bounds
from soc_tui.kql.references.types import Reference, ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.tree import Node


@dataclass(slots=True)
class PipeWalk(TableWalk):
    """Walks pipes, and so all that a statement holds."""

    def pipe(self, node: Node, scope: Scope, flow: Flow) -> Schema:
        """Walk a pipe; the columns behind its last operator."""
        first, *piped = t.children(node)
        operators = [t.descend(one.Operator) for one in piped]
        flows = self._flows(operators, scope, flow)
        before = len(self.references)
        row = self.table(first, scope, flows[0])
        self._note_closed(first, self.references[before:], operators)
        return self._operators(operators, row, scope, flows[1:], branch=False)

    def _note_closed(
        self, first: Node, read: Sequence[tuple[Reference, Flow]], operators: Sequence[Node]
    ) -> None:
        """Note whether what stands behind a single table lets no denied column through."""
        tables = [one for one, _ in read if one.kind is ReferenceKind.TABLE]
        if len(tables) != 1 or self.is_source(t.kind(t.strip(first))):
            return
        table = self.catalog.table(tables[0].name)
        denied = [column.name for column in table.denied] if table is not None else []
        if denied and not t.is_pipe(t.strip(first)) and closes_off(operators, denied):
            self.closed_off.add(tables[0].start)

    def _flows(self, operators: Sequence[Node], scope: Scope, flow: Flow) -> list[Flow]:
        """What bounds the rows that flow into each operator of a pipe, and last out of it."""
        values = known_values(scope)
        flows = [flow]
        for operator in reversed(operators):
            entry = self.known.get(t.kind(operator))
            if entry is None or not entry.keeps_time(operator):
                flow = NO_FLOW
            elif (condition := entry.filters(operator)) is not None and (
                bounds := predicate_bounds(condition, values)
            ):
                flow = flow.bounded(bounds)
            flows.append(flow)
        return flows[::-1]

    def operators(
        self, operators: Sequence[Node], row: Schema, scope: Scope, *, branch: bool = False
    ) -> Schema:
        """Walk operators that run on rows with these columns; the columns behind the last.

        Args:
            branch: True in `fork` and `facet`, where no name that `as` gives is known.
        """
        flows = self._flows(operators, scope, NO_FLOW)[1:]
        if branch:
            flows = [NO_FLOW] * len(operators)
        return self._operators(operators, row, scope, flows, branch=branch)

    def _operators(
        self,
        operators: Sequence[Node],
        row: Schema,
        scope: Scope,
        flows: Sequence[Flow],
        *,
        branch: bool,
    ) -> Schema:
        for operator, flow in zip(operators, flows, strict=True):
            row = self.operator(operator, row, scope, Inflow(flow, branch))
            self.open = self.open or row.open
            if t.kind(operator) == "AsOperator" and not branch:
                scope = {**scope, declared_name(operator): Binding(What.TABLE, schema=row)}
        return row

    def operator(self, node: Node, row: Schema, scope: Scope, inflow: Inflow) -> Schema:
        """Walk one operator; the columns behind it."""
        self._done.add(id(node))
        entry = self.known.get(t.kind(node))
        read = entry.read if entry is not None else refuse_operator
        behind = read(self, node, row, scope, inflow)
        self.rest(node, scope)
        self.found.append(Step(node, row, behind, scope))
        return behind
