"""Adds a missing time bound or row cap to a KQL text, as an edit that the analyst sees."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import itemgetter

from soc_tui.kql.build import BuiltQuery
from soc_tui.kql.literals import hours_text, identifier
from soc_tui.kql.pipeline import Pipeline, main_pipeline
from soc_tui.kql.references import Reference, ReferenceKind, references
from soc_tui.kql.tree import NotKqlError
from soc_tui.model.catalog import Catalog
from soc_tui.model.limits import Limits


def add_bounds(
    kql: str, catalog: Catalog, limits: Limits, hours: float | None = None
) -> BuiltQuery:
    """`kql` with the bounds that it lacks, and in the notes what was added.

    Args:
        hours: Time range of the request, hours; the limits' default when None. Never more than
            the limits allow.

    A text that does not parse is given back as it is: the judge refuses it.
    """
    try:
        pipeline, found = main_pipeline(kql), references(kql)
    except (NotKqlError, RecursionError):
        return BuiltQuery(kql)
    added = _Additions()
    _bound_time(pipeline, found, catalog, _hours(hours, limits), added)
    _bound_rows(pipeline, limits, added)
    # Both may stand at one offset: the time bound, found first, stays in front of the cap.
    for offset, text in sorted(added.edits, key=itemgetter(0))[::-1]:
        kql = kql[:offset] + text + kql[offset:]
    return BuiltQuery(kql, tuple(added.notes))


@dataclass(slots=True)
class _Additions:
    """What is written into the text, by offset, and what is said of it."""

    edits: list[tuple[int, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def _hours(hours: float | None, limits: Limits) -> float:
    return min(hours or limits.default_hours, limits.max_hours)


def _bound_rows(pipeline: Pipeline, limits: Limits, added: _Additions) -> None:
    if pipeline.cap is not None or pipeline.few:
        return
    if pipeline.cap_at is None:
        added.notes.append(f"No row cap could be added; at most {limits.max_rows:,} rows are read.")
        return
    added.edits.append((pipeline.cap_at, f"\n| take {limits.max_rows}"))
    added.notes.append(f"Added a row cap: take {limits.max_rows}.")


def _bound_time(
    pipeline: Pipeline,
    found: tuple[Reference, ...],
    catalog: Catalog,
    hours: float,
    added: _Additions,
) -> None:
    reads = [item for item in found if item.kind is ReferenceKind.TABLE]
    columns = {
        spec.time_column for item in reads if (spec := catalog.table(item.name)) is not None
    } - {""}
    if pipeline.bounds or not columns or all(item.bounded for item in reads):
        return
    main = {
        spec.time_column for name in pipeline.tables if (spec := catalog.table(name)) is not None
    } - {""}
    if pipeline.time_at is None or len(main) != 1:
        added.notes.append("No time bound could be added here: add it where the table is read.")
        return
    column = main.pop()
    bound = f"\n| where {identifier(column)} > ago({hours_text(hours)})"
    added.edits.append((pipeline.time_at, bound))
    added.notes.append(f"Added a time bound: the last {hours:g} h of {column}.")
