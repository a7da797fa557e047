"""Plans of more than one table: sweeps over every table, and hunting queries. Pure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.applied import blanked
from soc_tui.analysts.offline.planner.counting import counts
from soc_tui.analysts.offline.planner.filters import shown
from soc_tui.analysts.offline.planner.hunts import HuntingQuery, hunting_query, written
from soc_tui.analysts.offline.planner.hunts import spans as hunt_spans
from soc_tui.analysts.offline.planner.one_table import (
    HuntedColumns,
    build_plan,
    hours_of,
    where_lines,
)
from soc_tui.analysts.offline.planner.reading import Reading
from soc_tui.analysts.offline.planner.sweep import EVERYWHERE, swept
from soc_tui.analysts.offline.planner.table_choice import MUCH, unheld_on
from soc_tui.analysts.offline.planner.times import TimeRange
from soc_tui.analysts.offline.planner.topics import Topic
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.plan import Plan


def sweep(reading: Reading, request: PlanRequest, hunted: HuntedColumns) -> Plan | None:
    """A plan over every table that can hold all that the request names, where it says so."""
    words = EVERYWHERE.search(reading.text)
    if words is None or not (reading.named.any or reading.conditions):
        return None
    reading = dataclasses.replace(reading, text=blanked(reading.text, [words.span()]))
    plans = {
        name: build_plan(reading, table, "", request, hunted)
        for name, table in request.catalog.often.tables.items()
        if table.time_column
    }
    fewest = min((len(one.not_applied) for one in plans.values()), default=0)
    plans = {
        name: one
        for name, one in plans.items()
        if len(one.not_applied) == fewest
        and (one.predicates or one.device_name or one.user_principal_name or one.caller)
    }
    if not plans:
        return None
    tables = [request.catalog.tables[name] for name in plans]
    first = next(iter(plans.values()))
    kql = swept(tables, lambda name: where_lines(plans[name], request))
    why = f"“{shown(words[0])}”: {len(tables)} tables have columns for it: {', '.join(plans)}."
    if request.catalog.seldom.tables:
        why += " Tables that are seldom asked for are left out: name one to look there."
    _, why_time = hours_of(reading.time, request)
    return dataclasses.replace(first, kql=kql, rationale=f"{why} {why_time}")


def hunting_plan(
    reading: Reading,
    named_table: TableSpec | None,
    about: Sequence[Topic],
    request: PlanRequest,
    hunted: HuntedColumns,
) -> Plan | None:
    """The hunting query that the request stands for: one whose table can hold what is named."""
    catalog = request.catalog
    if counts(reading.text) or reading.interval or reading.hours:
        return None
    name = named_table.name if named_table else ""
    if hunting_query(reading.text, catalog, name) is None:
        return None
    able = [
        name for name, table in catalog.tables.items() if not unheld_on(reading, table, catalog)
    ]
    narrow = Catalog({name: catalog.tables[name] for name in able})
    text = reading.text
    found = hunting_query(text, narrow, name) or hunting_query(text, catalog, name)
    if found and _is_about_others(found, about):
        return None
    plan = _plan_of(found, reading, request, hunted) if found else None
    return plan if plan and _is_allowed(plan, request) else None


def _is_about_others(hunt: HuntingQuery, about: Sequence[Topic]) -> bool:
    """Whether much more of the request is about a table that the hunting query does not read."""
    own = max((one.score for one in about if one.table in hunt.tables), default=0)
    return bool(about) and about[0].table not in hunt.tables and about[0].score > own + 2 * MUCH


def _is_allowed(plan: Plan, request: PlanRequest) -> bool:
    """Whether the workspace has all the columns: if not, a plain query does."""
    from soc_tui.guardrails.judge import judge_kql

    return judge_kql(plan.kql, request.catalog, request.limits, request.now).allowed


def _plan_of(
    hunt: HuntingQuery, reading: Reading, request: PlanRequest, hunted: HuntedColumns
) -> Plan:
    """The plan of a hunting query, with what else the request says as filters on its tables."""
    text = blanked(reading.text, hunt_spans(reading.text, hunt))
    rest = dataclasses.replace(reading, text=text)
    if rest.time is None:
        hours = min(hunt.hours, request.limits.max_hours)
        rest = dataclasses.replace(rest, time=TimeRange(hours, ""))
    plans = {
        name: build_plan(rest, request.catalog.tables[name], "", request, hunted)
        for name in hunt.tables
    }

    first = plans[hunt.tables[0]]
    said = first.rationale.replace(" (“”)", "")
    return dataclasses.replace(
        first,
        kql=written(hunt, reading.text, lambda name: where_lines(plans[name], request)),
        rationale=f"{hunt.title}, in {' and '.join(hunt.tables)}. {hunt.why} {said}",
    )
