"""The guardrails' word on a plan, and on the KQL text that will run. Pure: no network, no state."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable

from soc_tui.kql import tree as t
from soc_tui.kql.pipeline import Pipeline, main_pipeline
from soc_tui.kql.references import Reference, ReferenceKind, references
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan
from soc_tui.model.verdict import Level, Place, Verdict, VerdictLine

MAX_DEPTH = 40
"""Deepest nesting of brackets that is judged; the parser's work can double with each level."""

_NEAREST = 3

_REFUSALS: dict[ReferenceKind, tuple[str, str, str]] = {
    ReferenceKind.WILDCARD: (
        "table",
        "{name} reads tables by pattern, which can reach tables outside the catalog",
        "Name the tables one by one: {tables}.",
    ),
    ReferenceKind.PATH: (
        "table",
        "{name} reaches into another database or table by path",
        "Name a table of this workspace.",
    ),
    ReferenceKind.REACHING: (
        "reach",
        "{name}() reaches outside this workspace's tables",
        "Query the tables of this workspace by name.",
    ),
    ReferenceKind.FUNCTION: (
        "function",
        "{name}() is not an allowed function",
        "Use KQL's built-in functions, or a let function of this query.",
    ),
    ReferenceKind.PLUGIN: (
        "plugin",
        "evaluate {name} is not an allowed plugin",
        "Remove it: code and network plugins are never run.",
    ),
    ReferenceKind.CONSTRUCT: ("construct", "{name} is not allowed", "Remove it."),
    ReferenceKind.STATEMENT: (
        "statement",
        "{name} is not allowed here",
        "Keep to let statements and one query.",
    ),
}


def judge_plan(plan: Plan, catalog: Catalog, limits: Limits) -> Verdict:
    """What the guardrails say of a plan: its table, fields, filters and time range."""
    table = catalog.table(plan.table_name)
    if table is None:
        return Verdict((_unknown_table(plan.table_name, catalog, None),))
    lines = [_ok("table", f"{table.name} is in the catalog")]
    named = [*plan.fields, *(name for made in plan.predicates for name in made.columns)]
    unknown = [name for name in dict.fromkeys(named) if table.column(name) is None]
    lines.extend(_unknown_field(name, table) for name in unknown)
    if not unknown:
        lines.append(_ok("field", f"{len(plan.fields)} fields are in the catalog"))
    lines.append(_time_range(plan.time_range_hours, limits))
    return Verdict(tuple(lines))


def judge_kql(kql: str, catalog: Catalog, limits: Limits) -> Verdict:
    """What the guardrails say of a text; never raises, whatever the text.

    A text that cannot be judged (too long, too deep, not KQL) is refused.
    """
    if refusal := _unreadable(kql, limits):
        return Verdict((refusal,), kql)
    try:
        found, pipeline = references(kql), main_pipeline(kql)
    except t.NotKqlError as error:
        line = VerdictLine(
            "syntax", Level.REFUSE, error.message, Place(error.line, error.column), "Correct it."
        )
        return Verdict((line,), kql)
    except RecursionError:
        return Verdict((_refuse("depth", "The query is nested too deeply to be judged"),), kql)
    lines = [
        *_judge_references(found, catalog),
        *_judge_time(found, pipeline, catalog, limits),
        *_judge_rows(pipeline, limits),
    ]
    return Verdict(tuple(lines), kql)


def _unreadable(kql: str, limits: Limits) -> VerdictLine | None:
    if not kql.strip():
        return _refuse("query", "There is no query", "Ask for one, or type KQL.")
    if len(kql) > limits.max_query_chars:
        over = len(kql) - limits.max_query_chars
        return _refuse(
            "length",
            f"The query has {len(kql):,} characters, {over:,} over the limit of "
            f"{limits.max_query_chars:,}",
            "Shorten it.",
        )
    if depth(kql) > MAX_DEPTH:
        return _refuse(
            "depth",
            f"Brackets are nested {depth(kql)} deep, over the limit of {MAX_DEPTH}",
            "Break it up with let.",
        )
    return None


def depth(kql: str) -> int:
    """How deep brackets are nested; those in strings and comments count too, to be safe."""
    deepest = level = 0
    for character in kql:
        if character in "([{":
            level += 1
            deepest = max(deepest, level)
        elif character in ")]}":
            level = max(0, level - 1)
    return deepest


def _judge_references(found: Iterable[Reference], catalog: Catalog) -> list[VerdictLine]:
    refused: list[VerdictLine] = []
    tables: dict[str, None] = {}
    columns = {name for table in catalog.tables.values() for name in table.column_names}
    for reference in found:
        if reference.kind is not ReferenceKind.TABLE:
            rule, message, hint = _REFUSALS[reference.kind]
            refused.append(
                VerdictLine(
                    rule,
                    Level.REFUSE,
                    message.format(name=reference.name),
                    reference.place,
                    hint.format(tables=", ".join(catalog.tables)),
                )
            )
        elif catalog.table(reference.name):
            tables[reference.name] = None
        elif not (reference.maybe_column and reference.name in columns):
            refused.append(_unknown_table(reference.name, catalog, reference.place))
    if refused:
        return refused
    if not tables:
        return [_ok("table", "no table is read")]
    return [_ok("table", f"{', '.join(tables)}: in the catalog")]


def _judge_time(
    found: Iterable[Reference], pipeline: Pipeline, catalog: Catalog, limits: Limits
) -> list[VerdictLine]:
    lines = []
    for bound in pipeline.bounds:
        if bound.hours is not None and bound.hours > limits.max_hours:
            place = Place(bound.line, bound.column, bound.length)
            lines.append(_over_time(bound.hours, limits, place))
    if lines:
        return lines
    reads = [item for item in found if item.kind is ReferenceKind.TABLE]
    timed = [item for item in reads if (spec := catalog.table(item.name)) and spec.time_column]
    if not timed:
        return []
    if pipeline.bounds:
        if any(bound.absolute for bound in pipeline.bounds):
            return [_ok("time bound", f"a fixed date; nothing older than {limits.max_hours:g} h")]
        return [_ok("time bound", "set")]
    if all(item.bounded for item in timed):
        return [_ok("time bound", "set where each table is read")]
    added = "F5 adds one" if pipeline.time_at is not None else "Add | where TimeGenerated > ago(1d)"
    return [_warn("time bound", "No time bound", timed[0].place, f"{added}.")]


def _judge_rows(pipeline: Pipeline, limits: Limits) -> list[VerdictLine]:
    if pipeline.few:
        return [_ok("row cap", "the answer is short by its nature")]
    if pipeline.cap is None:
        hint = f"F5 adds | take {limits.max_rows}." if pipeline.cap_at is not None else ""
        return [_warn("row cap", "No row cap", None, hint)]
    if pipeline.cap.rows > limits.max_rows:
        over = pipeline.cap.rows - limits.max_rows
        return [
            _refuse(
                "row cap",
                f"{pipeline.cap.rows:,} rows are {over:,} over the limit of {limits.max_rows:,}",
                f"Take {limits.max_rows} or fewer.",
            )
        ]
    return [_ok("row cap", f"at most {pipeline.cap.rows:,} rows")]


def _time_range(hours: float, limits: Limits) -> VerdictLine:
    if not math.isfinite(hours) or hours <= 0:
        return _refuse(
            "time range", f"{hours:g} h is no time range", f"Use 1 to {limits.max_hours:g} h."
        )
    if hours > limits.max_hours:
        return _over_time(hours, limits, None)
    return _ok("time range", f"the last {hours:g} h")


def _over_time(hours: float, limits: Limits, place: Place | None) -> VerdictLine:
    over = hours - limits.max_hours
    return VerdictLine(
        "time range",
        Level.REFUSE,
        f"{hours:g} h back is {over:g} h over the limit of {limits.max_hours:g} h",
        place,
        f"Ask for {limits.max_hours:g} h or less.",
    )


def _unknown_table(name: str, catalog: Catalog, place: Place | None) -> VerdictLine:
    return VerdictLine(
        "table",
        Level.REFUSE,
        f"{name!a} is not a table of the catalog",
        place,
        f"Did you mean {_nearest(name, catalog.tables)}?",
    )


def _unknown_field(name: str, table: TableSpec) -> VerdictLine:
    return _refuse(
        "field",
        f"{name!a} is not a column of {table.name}",
        f"Did you mean {_nearest(name, table.column_names)}?",
    )


def _nearest(name: str, known: Iterable[str]) -> str:
    """The allowed names most like a wrong one, most like first; case does not count."""

    def likeness(other: str) -> float:
        return difflib.SequenceMatcher(None, name[:100].lower(), other.lower()).ratio()

    return ", ".join(sorted(known, key=likeness, reverse=True)[:_NEAREST])


def _ok(rule: str, message: str) -> VerdictLine:
    return VerdictLine(rule, Level.OK, message)


def _warn(rule: str, message: str, place: Place | None, hint: str) -> VerdictLine:
    return VerdictLine(rule, Level.WARN, message, place, hint)


def _refuse(rule: str, message: str, hint: str = "") -> VerdictLine:
    return VerdictLine(rule, Level.REFUSE, message, None, hint)
