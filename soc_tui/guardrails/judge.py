"""Judges a plan, and the KQL text that will run. Pure: no network, no state."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from soc_tui.guardrails.lines import MOST_LINES, did_you_mean, ok, refuse, warn
from soc_tui.guardrails.reach import (
    judge_columns,
    judge_denied,
    judge_loose_names,
    judge_references,
    unknown_table,
)
from soc_tui.guardrails.surface import judge_surface, syntax_line
from soc_tui.kql.reading.pipeline import Pipeline
from soc_tui.kql.reading.read import read_query
from soc_tui.kql.reading.result import Reading
from soc_tui.kql.references.time_bounds import Bound
from soc_tui.kql.references.types import Reference, ReferenceKind
from soc_tui.kql.slips.find import find_slips
from soc_tui.kql.slips.perhaps_tables import perhaps_tables
from soc_tui.kql.syntax import tree as t
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.verdict import Level, Verdict, VerdictLine


def judge_plan(plan: Plan, catalog: Catalog, limits: Limits) -> Verdict:
    """What the guardrails say of a plan: its table, fields, filters and time range."""
    table = catalog.table(plan.table_name)
    if table is None:
        return Verdict((unknown_table(plan.table_name, catalog, None),))
    lines = [ok("table", f"{table.name} is in the catalog")]
    named = [*plan.fields, *(name for made in plan.predicates for name in made.columns)]
    unknown = [name for name in dict.fromkeys(named) if table.column(name) is None]
    lines.extend(_unknown_field(name, table) for name in unknown)
    if not unknown:
        lines.append(ok("field", f"{len(plan.fields)} fields are in the catalog"))
    lines.append(_time_range(plan.time_range_hours, limits))
    return Verdict(tuple(lines))


def judge_kql(
    kql: str, catalog: Catalog, limits: Limits, now: dt.datetime | None = None
) -> Verdict:
    """What the guardrails say of a text; never raises, whatever the text.

    A text that cannot be judged (too long, too deep, not KQL) is refused.

    Args:
        now: The time that fixed dates are measured from, UTC; they are not measured without it.
    """
    surface = judge_surface(kql, limits)
    if any(line.level is Level.REFUSE for line in surface):
        return Verdict(tuple(surface), kql)
    try:
        reading = read_query(kql, catalog)
        found, columns, pipeline = reading.references, reading.columns, reading.pipeline
    except t.NotKqlError as error:
        return Verdict((*surface, syntax_line(error, kql)), kql)
    except t.TooComplexError:
        return Verdict(
            (*surface, refuse("length", "The query is too long or complex to check")), kql
        )
    except RecursionError:
        return Verdict((*surface, refuse("depth", "The query is nested too deeply to check")), kql)
    reach = judge_references(found, columns, catalog, limits)
    if all(line.level is Level.OK for line in reach):
        reach += judge_loose_names(perhaps_tables(kql, reading), catalog)
    lines = [
        *surface,
        *reach,
        *judge_columns(columns, catalog),
        *judge_denied(found, catalog),
        *_judge_slips(kql, reading),
        *_judge_time(found, catalog, limits, now),
        _judge_rows(pipeline, limits),
    ]
    return Verdict(tuple(lines), kql)


def _judge_slips(kql: str, reading: Reading) -> list[VerdictLine]:
    """What the service will reject."""
    slips = find_slips(kql, reading)
    return [warn("service", one.message, one.place, one.hint) for one in slips[:MOST_LINES]]


def _judge_time(
    found: Iterable[Reference], catalog: Catalog, limits: Limits, now: dt.datetime | None
) -> list[VerdictLine]:
    over: dict[VerdictLine, None] = {}
    unbounded: list[Reference] = []
    unreadable: list[Bound] = []
    timed = 0
    for read in found:
        table = catalog.table(read.name) if read.kind is ReferenceKind.TABLE else None
        if table is None or not table.time_column:
            continue
        timed += 1
        bounds = [b for b in read.bounds or () if b.column == table.time_column]
        reach = [hours for b in bounds if (hours := _hours_back(b, now)) is not None]
        if not bounds and read.bounds != ():
            unbounded.append(read)
        elif reach and min(reach) > limits.max_hours:
            over[_over_time(min(reach), limits, bounds[0])] = None
        elif bounds and not reach and bounds[0].at is None:
            unreadable.append(bounds[0])
    if over:
        return list(over)[:MOST_LINES]
    if unbounded:
        lines = [_unbounded(read) for read in unbounded[:MOST_LINES]]
        if more := len(unbounded) - len(lines):
            lines.append(warn("time bound", f"No time bound on {more} more", None, added="them"))
        return lines
    if unreadable:
        outer = f"reads nothing older than {limits.max_hours:g} h"
        return [
            warn("time bound", f"Its start time cannot be determined; {outer}", bound.place)
            for bound in list(dict.fromkeys(unreadable))[:MOST_LINES]
        ]
    return [ok("time bound", "set for each table")] if timed else []


def _hours_back(bound: Bound, now: dt.datetime | None) -> float | None:
    if bound.at is None or now is None:
        return bound.hours
    return (now - bound.at).total_seconds() / 3600


def _unbounded(read: Reference) -> VerdictLine:
    message = f"No time bound on {read.name}"
    if read.spot is None:
        return warn("time bound", message, read.place, "Add one where the table is read.")
    return warn("time bound", message, read.place, added="one")


def _judge_rows(pipeline: Pipeline, limits: Limits) -> VerdictLine:
    if pipeline.few:
        return ok("row cap", "the result is small by design")
    if pipeline.cap is None:
        added = f"| take {limits.max_rows}" if pipeline.cap_at is not None else ""
        return warn("row cap", "No row cap", None, added=added)
    if pipeline.cap.rows > limits.max_rows:
        over = pipeline.cap.rows - limits.max_rows
        return refuse(
            "row cap",
            f"{pipeline.cap.rows:,} rows are {over:,} over the limit of {limits.max_rows:,}",
            pipeline.cap.place,
            f"Take {limits.max_rows} or fewer.",
        )
    return ok("row cap", f"at most {pipeline.cap.rows:,} rows")


def _time_range(hours: float, limits: Limits) -> VerdictLine:
    if not math.isfinite(hours) or hours <= 0:
        hint = f"Use 1 to {limits.max_hours:g} h."
        return refuse("time range", f"{hours:g} h is not a valid time range", hint=hint)
    if hours > limits.max_hours:
        return _over_time(hours, limits, None)
    return ok("time range", f"the last {hours:g} h")


def _over_time(hours: float, limits: Limits, bound: Bound | None) -> VerdictLine:
    over = hours - limits.max_hours
    return refuse(
        "time range",
        f"{hours:.6g} h is {over:.6g} h over the limit of {limits.max_hours:g} h",
        bound.place if bound else None,
        f"Ask for {limits.max_hours:g} h or less.",
    )


def _unknown_field(name: str, table: TableSpec) -> VerdictLine:
    return refuse(
        "field",
        f"{name!a} is not a column of {table.name}",
        hint=did_you_mean(name, table.column_names),
    )
