"""Which tables the rows of an answer come from, and over which time each of them is read.

Unlike the pipeline of the answer, which follows the leftmost table, this follows every branch whose
rows reach the answer: the legs of a union, behind a pipe too, let names and functions.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from soc_tui.kql.columns.schema import Schema
from soc_tui.kql.operators.registry import OPERATORS
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Reading, Step, TableRead
from soc_tui.kql.references.bindings import known_values
from soc_tui.kql.references.time_bounds import Bound, predicate_bounds, upper_bounds
from soc_tui.kql.references.types import Reference, ReferenceKind
from soc_tui.kql.syntax import tree as t
from soc_tui.kql.syntax.grammar import PATHS, called_name, named_table, text_value, workspace_table
from soc_tui.kql.syntax.operator_parts import listed_sources, nodes_below, parameter_value
from soc_tui.kql.syntax.tree import NAMES, Node
from soc_tui.model.catalog import Catalog
from soc_tui.model.row_sources import RowSources, RowTable, TableWindow

_SUMMARIES = frozenset(
    {
        "CountOperator",
        "DistinctOperator",
        "GetSchemaOperator",
        "MakeSeriesOperator",
        "ReduceByOperator",
        "SampleDistinctOperator",
        "SummarizeOperator",
        "TopHittersOperator",
        "TopNestedOperator",
    }
)
_RIGHT_ONLY = frozenset({"rightsemi", "rightanti", "rightantisemi"})
_BOTH = frozenset({"rightouter", "fullouter"})
_OWN_ROWS = frozenset({"PrintOperator", "RangeExpression", "DataTableExpression"})
_PASSES_ON = frozenset({"materialize", "view"})
_UNREAD = frozenset({"InvokeOperator", "MacroExpandOperator"})
_ROW_BY_ROW = frozenset({"bag_unpack", "ipv4_lookup", "ipv6_lookup"})
"""Plugins whose rows are still one event each."""


def row_sources(kql: str, catalog: Catalog, now: dt.datetime) -> RowSources:
    """Where the rows come from; of a text that cannot be read, nothing is known.

    Args:
        now: What `ago()` counts from, UTC.
    """
    try:
        reading = read_query(kql, catalog)
        return _Walk(reading, catalog, now).sources()
    except t.UNREADABLE:
        return RowSources()


@dataclass(frozen=True, slots=True)
class _Window:
    """Bounds of the time, the tightest of those that all hold; None of those that none sets."""

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    known: bool = True

    def tightened(self, other: _Window) -> _Window:
        return _Window(
            max(filter(None, (self.since, other.since)), default=None),
            min(filter(None, (self.until, other.until)), default=None),
            self.known and other.known,
        )

    def widened(self, other: _Window) -> _Window:
        return _Window(
            min(self.since, other.since) if self.since and other.since else None,
            max(self.until, other.until) if self.until and other.until else None,
            self.known and other.known,
        )


_ALL_TIME = _Window()


@dataclass(frozen=True, slots=True)
class _Found:
    """A table whose rows reach a place, with the window that holds for them there."""

    table: RowTable
    window: _Window


@dataclass(slots=True)
class _Walk:
    reading: Reading
    catalog: Catalog
    now: dt.datetime
    complete: bool = True
    summarised: bool = False
    _labels: list[str] = field(default_factory=list)
    _followed: list[str] = field(default_factory=list)
    _schemas: Mapping[int, Schema] = field(default_factory=dict)
    _steps: Mapping[int, Step] = field(default_factory=dict)

    def sources(self) -> RowSources:
        if self.reading.final is None:
            return RowSources()
        self._steps = {id(one.node): one for one in self.reading.found if isinstance(one, Step)}
        self._schemas = {
            id(one.node): one.schema for one in self.reading.found if isinstance(one, TableRead)
        }
        found = self._of(self.reading.final, _ALL_TIME)
        tables: dict[str, RowTable] = {}
        windows: dict[str, _Window] = {}
        for one in found:
            name = one.table.name
            tables[name] = _merged(tables[name], one.table) if name in tables else one.table
            windows[name] = windows[name].widened(one.window) if name in windows else one.window
        return RowSources(
            tuple(tables.values()),
            tuple(self._reads(windows)),
            tuple(dict.fromkeys(self._labels)),
            self.complete,
            self.summarised,
        )

    def _reads(self, windows: Mapping[str, _Window]) -> Iterable[TableWindow]:
        references = [
            one
            for one in self.reading.references
            if one.kind is ReferenceKind.TABLE and not (one.maybe_column and self._unknown(one))
        ]
        # Which of the tables another workspace is asked for, the references do not tell.
        elsewhere = any(x.kind is ReferenceKind.WORKSPACE for x in self.reading.references)
        names = dict.fromkeys([*(one.name for one in references), *windows])
        for name in names:
            beside = name not in windows
            if beside:
                own = [self._bounded(one) for one in references if one.name == name]
                window = own[0]
                for other in own[1:]:
                    window = window.widened(other)
            else:
                window = windows[name]
            yield TableWindow(name, window.since, window.until, window.known, beside, elsewhere)

    def _unknown(self, reference: Reference) -> bool:
        """What stands in `in (name)` is taken for a table only where the catalog has one."""
        return self.catalog.table(reference.name) is None

    def _bounded(self, reference: Reference) -> _Window:
        return self._window(reference.bounds or (), ())

    # -- the way of the rows -------------------------------------------------------------------

    def _of(self, node: Node, window: _Window) -> list[_Found]:
        """The tables whose rows a node gives."""
        node = t.strip(node)
        if t.kind(node) == "NameReferenceWithDataScope":
            node = t.strip(node.children[0])
        if t.is_pipe(node):
            return self._pipe(node, window)
        what = t.kind(node)
        if what in _OWN_ROWS:
            return []
        if what == "ToTableExpression":
            return self._of(t.children(node)[-1], window)
        if what in {"UnionOperator", "SearchOperator", "FindOperator", "WildcardedName"}:
            return self._several(what, node, window)
        return self._one(what, node, window)

    def _several(self, what: str, node: Node, window: _Window) -> list[_Found]:
        if what == "UnionOperator":
            return self._union(node, window, ())
        if what == "WildcardedName":
            return self._wildcard(node, window)
        return self._searched(node, window)

    def _one(self, what: str, node: Node, window: _Window) -> list[_Found]:
        """The table or the query behind a name, a path or a call."""
        if what in NAMES:
            return self._named(t.name(node), node, window)
        if what == "NamedFunctionCallExpression":
            return self._call(node, window)
        named = workspace_table(node)[1] if what in PATHS else None
        return self._table(t.name(named), node, window) if named is not None else self._lost()

    def _lost(self) -> list[_Found]:
        self.complete = False
        return []

    def _pipe(self, node: Node, window: _Window) -> list[_Found]:
        first, *piped = t.children(node)
        operators = [t.descend(one.Operator) for one in piped]
        windows = self._windows(operators, window)
        found = self._of(first, windows[0])
        for operator, behind in zip(operators, windows[1:], strict=True):
            found = self._behind(operator, found, behind)
        return found

    def _windows(self, operators: Sequence[Node], window: _Window) -> list[_Window]:
        """What bounds the rows that flow into each operator, and last out of the pipe."""
        windows = [window]
        for operator in reversed(operators):
            entry = OPERATORS.get(t.kind(operator))
            if entry is None or not entry.keeps_time(operator):
                window = _ALL_TIME
            elif (condition := entry.filters(operator)) is not None:
                window = window.tightened(self._held(condition, operator))
            windows.append(window)
        return windows[::-1]

    def _held(self, condition: Node, operator: Node) -> _Window:
        step = self._steps.get(id(operator))
        known = known_values(step.scope if step else {})
        return self._window(predicate_bounds(condition, known), upper_bounds(condition, known))

    def _window(self, lower: Sequence[Bound], upper: Sequence[Bound]) -> _Window:
        lows, highs = [self._at(one) for one in lower], [self._at(one) for one in upper]
        return _Window(
            max(filter(None, lows), default=None),
            min(filter(None, highs), default=None),
            None not in (*lows, *highs),
        )

    def _at(self, bound: Bound) -> dt.datetime | None:
        if bound.hours is None:
            return bound.at
        try:
            return self.now - dt.timedelta(hours=bound.hours)
        except OverflowError:
            return None

    def _behind(self, operator: Node, found: list[_Found], window: _Window) -> list[_Found]:
        what = t.kind(operator)
        self.summarised = self.summarised or what in _SUMMARIES or _drawn_together(operator)
        if what == "UnionOperator":
            return self._union(operator, window, found)
        if what == "JoinOperator":
            kind = parameter_value(operator, "kind")
            if kind in _RIGHT_ONLY:
                return self._of(operator.Table, _ALL_TIME)
            self.complete = self.complete and kind not in _BOTH
        if what == "SearchOperator":
            self._labels.append("$table")
        if what in _UNREAD:
            self.complete = False
        return found

    # -- several tables ------------------------------------------------------------------------

    def _union(self, node: Node, window: _Window, left: Sequence[_Found]) -> list[_Found]:
        label = parameter_value(node, "withsource") or parameter_value(node, "with_source")
        if label:
            self._labels.append(label)
        legs = [t.descend(x) for x in t.children(node) if t.kind(x) == "UnionOperatorExpression"]
        number = 1 if left else 0
        found = [_labelled(one, "union_arg0") for one in left]
        for place, leg in enumerate(legs, number):
            own = self._of(leg, window)
            found += [_labelled(one, f"union_arg{place}") for one in self._kept(leg, own)]
        return found

    def _kept(self, leg: Node, own: Sequence[_Found]) -> list[_Found]:
        """Tables of a leg with the columns that the leg keeps of theirs, or made for all."""
        given = self._columns(leg)
        if given is None:
            return list(own)
        brought = set().union(*(one.table.columns or () for one in own))
        kept = []
        for one in own:
            lacking = brought - set(one.table.columns or brought)
            columns = tuple(name for name in given if name not in lacking)
            kept.append(replace(one, table=replace(one.table, columns=columns)))
        return kept

    def _columns(self, node: Node) -> tuple[str, ...] | None:
        """The columns that a leg gives; None where the text does not tell."""
        node = t.strip(node)
        if t.is_pipe(node):
            step = self._steps.get(id(t.descend(t.children(node)[-1].Operator)))
            schema = step.behind if step else None
        else:
            schema = self._schemas.get(id(node))
        return _closed(schema)

    def _searched(self, node: Node, window: _Window) -> list[_Found]:
        if t.kind(node) == "SearchOperator":
            clause = t.child(node, "SearchOperatorInClause")
            predicate = node.Expression or getattr(node.StarAndExpression, "Expression", None)
            self._labels.append("$table")
        else:
            where = node.ParameterWhereClause
            clause = where.InClause if where is not None else None
            predicate = node.Expression
            named = parameter_value(where, "withsource") if where is not None else ""
            self._labels.append(named or "source_")
        if clause is None:
            return self._lost()
        if predicate is not None:
            window = window.tightened(self._held(predicate, node))
        return [one for source in listed_sources(clause) for one in self._of(source, window)]

    def _wildcard(self, node: Node, window: _Window) -> list[_Found]:
        """The catalog's tables of that name; the workspace may have more."""
        self.complete = False
        names = [one for one in self.catalog.tables if fnmatch.fnmatchcase(one, t.text(node))]
        return [one for name in names for one in self._table(name, node, window)]

    # -- names ---------------------------------------------------------------------------------

    def _named(self, name: str, node: Node, window: _Window) -> list[_Found]:
        if name in self.reading.lets:
            return self._let(name, window)
        tables = {x.name for x in self.reading.references if x.kind is ReferenceKind.TABLE}
        return self._table(name, node, window) if name in tables else self._lost()

    def _let(self, name: str, window: _Window) -> list[_Found]:
        if name in self._followed:
            return self._lost()
        self._followed.append(name)
        found = self._of(self.reading.lets[name], window)
        self._followed.pop()
        return [_labelled(one, name) for one in found]

    def _call(self, node: Node, window: _Window) -> list[_Found]:
        if (literal := named_table(node)) is not None:
            return self._table(text_value(literal), node, window)
        name, arguments = called_name(node), t.children(node)[1:]
        if name in self.reading.lets:
            if any(True for _ in nodes_below(node, "TabularParameter")):
                return self._lost()
            return self._let(name, window)
        if name in _PASSES_ON and len(arguments) == 1:
            return self._of(arguments[0], window)
        return self._lost()

    def _table(self, name: str, node: Node, window: _Window) -> list[_Found]:
        spec = self.catalog.table(name)
        columns = spec.column_names if spec else _closed(self._schemas.get(id(node)))
        return [_Found(RowTable(name, (name,), columns), window)]


def _drawn_together(operator: Node) -> bool:
    """Whether it is a plugin that makes fewer rows of many."""
    if t.kind(operator) != "EvaluateOperator":
        return False
    called = next(nodes_below(operator, "NamedFunctionCallExpression"), None)
    return called is None or called_name(called) not in _ROW_BY_ROW


def _closed(schema: Schema | None) -> tuple[str, ...] | None:
    return tuple(schema.names) if schema is not None and schema.closed else None


def _labelled(found: _Found, label: str) -> _Found:
    return replace(found, table=replace(found.table, labels=(*found.table.labels, label)))


def _merged(one: RowTable, other: RowTable) -> RowTable:
    """The same table, read twice: what one of its legs lacks the other may have."""
    labels = tuple(dict.fromkeys((*one.labels, *other.labels)))
    if one.columns is None or other.columns is None:
        return RowTable(one.name, labels)
    return RowTable(one.name, labels, tuple(dict.fromkeys((*one.columns, *other.columns))))
