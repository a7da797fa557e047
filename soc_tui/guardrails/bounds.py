"""Adds what a KQL text lacks, as edits that the analyst sees: time bounds, a row cap.

Columns that the catalog denies are left out right behind the table that has them.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from soc_tui.kql.reading.pipeline import Pipeline
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Function
from soc_tui.kql.references.bindings import declared_name
from soc_tui.kql.references.types import Reference, ReferenceKind, Spot
from soc_tui.kql.syntax.tree import UNREADABLE
from soc_tui.kql.text.literals import hours_text, identifier
from soc_tui.kql.writing.build import BuiltQuery
from soc_tui.model.catalog import Catalog
from soc_tui.model.limits import Limits


def add_bounds(
    kql: str, catalog: Catalog, limits: Limits, hours: float | None = None
) -> BuiltQuery:
    """`kql` with the bounds that it lacks, and in the notes what was added.

    Args:
        hours: Time range of the request, hours; the limits' default when None. Never more than
            the limits allow.

    A text that cannot be read is given back as it is: the judge refuses it.
    """
    try:
        reading = read_query(kql, catalog)
        pipeline, found = reading.pipeline, reading.references
    except UNREADABLE:
        return BuiltQuery(kql)
    edits = _Edits()
    _leave_out_denied(found, catalog, edits)
    hours = min(hours or limits.default_hours, limits.max_hours)
    own = {declared_name(one.node) for one in reading.found if isinstance(one, Function)}
    _bound_time(found, catalog, None if "ago" in own else hours, edits)
    _bound_rows(pipeline, limits, edits)
    return BuiltQuery(edits.applied(kql), tuple(edits.notes))


@dataclass(slots=True)
class _Edits:
    """What is written into the text, and what is said of it."""

    pieces: defaultdict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    notes: list[str] = field(default_factory=list)

    def insert(self, offset: int, text: str) -> None:
        """Write `text` at an offset, behind all that was written there before."""
        self.pieces[offset].append(text)

    def applied(self, kql: str) -> str:
        for offset in sorted(self.pieces, reverse=True):
            kql = kql[:offset] + "".join(self.pieces[offset]) + kql[offset:]
        return kql


def _bound_rows(pipeline: Pipeline, limits: Limits, edits: _Edits) -> None:
    if pipeline.cap is not None or pipeline.few:
        return
    if pipeline.cap_at is None:
        edits.notes.append(f"No row cap could be added; at most {limits.max_rows:,} rows are read.")
        return
    edits.insert(pipeline.cap_at, f"\n| take {limits.max_rows}")
    edits.notes.append(f"Added a row cap: take {limits.max_rows}.")


def _bound_time(
    found: tuple[Reference, ...], catalog: Catalog, hours: float | None, edits: _Edits
) -> None:
    """Add what bounds are missing; none without hours: the query's ago() is its own."""
    columns: defaultdict[Spot, set[str]] = defaultdict(set)
    tables: defaultdict[Spot, list[str]] = defaultdict(list)
    for read in found:
        table = catalog.table(read.name) if read.kind is ReferenceKind.TABLE else None
        if table is None or not table.time_column or _is_bounded(read, table.time_column):
            continue
        if read.spot is None or hours is None:
            edits.notes.append(f"No time bound could be added to {read.name}: add it yourself.")
            continue
        columns[read.spot].add(table.time_column)
        tables[read.spot].append(read.name)
    if hours is None:
        return
    for spot, times in columns.items():
        names = ", ".join(dict.fromkeys(tables[spot]))
        if len(times) > 1:
            edits.notes.append(f"No single time bound fits {names}: add one to each.")
            continue
        column = times.pop()
        _filter(spot, f"| where {identifier(column)} > ago({hours_text(hours)})", edits)
        edits.notes.append(f"Added a time bound to {names}: the last {hours:g} h of {column}.")


def _leave_out_denied(found: tuple[Reference, ...], catalog: Catalog, edits: _Edits) -> None:
    done: set[Spot] = set()
    for read in found:
        table = catalog.table(read.name) if read.kind is ReferenceKind.TABLE else None
        if table is None or not table.denied or read.closed_off:
            continue
        if read.alone is None or read.alone in done:
            continue
        done.add(read.alone)
        names = ", ".join(identifier(column.name) for column in table.denied)
        _filter(read.alone, f"| project-away {names}", edits)
        edits.notes.append(f"Left out what the catalog denies of {table.name}: {names}.")


def _is_bounded(read: Reference, column: str) -> bool:
    return read.bounds == () or any(bound.column == column for bound in read.bounds or ())


def _filter(spot: Spot, condition: str, edits: _Edits) -> None:
    if spot.brackets:
        edits.insert(spot.start, "(")
        edits.insert(spot.end, f" {condition})")
    else:
        edits.insert(spot.end, f"\n{condition}")
