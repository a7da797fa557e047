"""The plan of what a request says on one table. Pure."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Sequence

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.applied import not_applied
from soc_tui.analysts.offline.planner.column_filters import column_filters
from soc_tui.analysts.offline.planner.filters import (
    DEVICE_ID,
    excluding,
    filters,
    host_filter,
    opposite,
    shown,
    time_filters,
)
from soc_tui.analysts.offline.planner.leftovers import subjects, yes_or_no
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.narrowing import Filter, narrowing
from soc_tui.analysts.offline.planner.noted_values import all_names, noted
from soc_tui.analysts.offline.planner.reading import Reading, read
from soc_tui.analysts.offline.planner.times import TimeRange
from soc_tui.model.catalog import TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Predicate

HuntedColumns = Callable[[str], Sequence[str]]
"""Columns of a table, called by its name, that the hunt reads: they are asked for as well."""


def build_plan(
    reading: Reading,
    table: TableSpec,
    why_table: str,
    request: PlanRequest,
    hunted: HuntedColumns,
    *,
    alone: bool = True,
) -> Plan:
    """The plan of what a request says on one table.

    Args:
        alone: Only this table is read: what nothing else stands for may be looked for in it.
    """
    if not all(one.column(table) for one in reading.conditions):
        reading = read(reading.whole, request, table)
    named = reading.named
    hours, why_time = hours_of(reading.time, request)
    user, caller, why_user = account(named, table)
    host, why_host = host_of(named, table)
    narrowed = narrowing(reading.text, table)
    columns = {name for one in narrowed for name in one.predicate.columns}
    noted_here = tuple(
        one
        for one in noted(reading.text, table, all_names(request.catalog))
        if not columns & set(one.predicate.columns)
    )
    found = [
        *(host_filter(named.hosts, table) if named.hosts and not host else ()),
        *column_filters(reading.conditions, table),
        *filters(reading.text, _less(named, user or caller), table),
        *noted_here,
        *left_out(reading, table),
        *(time_filters(reading.time, table) if reading.time else ()),
    ]
    names = (user or caller, host)
    taken = {name for one in found for name in one.predicate.columns}
    found += yes_or_no(reading.text, table, taken)
    left = not_applied(reading, table, found, names)
    found += subjects(reading.text, table, left) if alone else ()
    reasons = [_spelling(reading), why_table, why_host, why_user, *(one.why for one in found)]
    reasons.append(why_time)
    if request.feedback:
        reasons.append("Replanned after the guardrails refused the first plan.")
    predicates = tuple(dict.fromkeys(one.predicate for one in found))
    return Plan(
        table_name=table.name,
        fields=fields_of(request, table, hunted, predicates),
        time_range_hours=hours,
        rationale=" ".join(reason for reason in reasons if reason),
        device_name=host,
        caller=caller,
        user_principal_name=user,
        about_individual_user=bool(named.accounts),
        about_individual_host=bool(named.hosts),
        about_network_security_group=table.name == "AzureNetworkAnalytics_CL",
        predicates=predicates,
        not_applied=not_applied(reading, table, found, names),
    )


def left_out(reading: Reading, table: TableSpec) -> tuple[Filter, ...]:
    """Filters for what the request wants left out."""
    if not reading.out:
        return ()
    words = (one for filter_ in narrowing(reading.out, table) for one in opposite(filter_))
    return (*excluding(reading.out_named, table), *words)


def hours_of(time: TimeRange | None, request: PlanRequest) -> tuple[float, str]:
    """Time range in hours within the limits, and the sentence that explains it."""
    limits: Limits = request.limits
    if time is None:
        hours = min(limits.default_hours, limits.max_hours)
        return hours, f"No time range given: {last(hours)}."
    if time.to_come:
        hours = min(limits.default_hours, limits.max_hours)
        return hours, f"“{shown(time.words)}” has not begun yet (UTC): {last(hours)} instead."
    if time.hours > limits.max_hours:
        return limits.max_hours, (
            f"“{shown(time.words)}” goes back {time.hours:g} hours, longer than allowed:"
            f" {last(limits.max_hours)}."
        )
    # A moment is held by a predicate, so the range only has to reach it.
    hours = math.ceil(time.hours) if time.since else round(time.hours, 4)
    hours = min(hours, limits.max_hours)
    if time.until is not None:
        return hours, f"Time: “{shown(time.words)}”."
    length = last(hours)
    return hours, f"{length[0].upper()}{length[1:]} (“{shown(time.words)}”)."


def last(hours: float) -> str:
    """The length of a time range in words."""
    return "the last hour" if hours == 1 else f"the last {hours:g} hours"


def account(named: Mentions, table: TableSpec) -> tuple[str, str, str]:
    """user_principal_name, caller and why, when exactly one full account name is given."""
    if len(named.upns) != 1 or named.users:
        return "", "", ""
    upn = named.upns[0]
    if table.caller_column:
        return "", upn, f"Caller {shown(upn)}."
    if table.user_column.lower().endswith(("upn", "userprincipalname", "userid", "emailaddress")):
        return upn, "", f"User {shown(upn)}."
    return "", "", ""


def host_of(named: Mentions, table: TableSpec) -> tuple[str, str]:
    """device_name and why, when exactly one host is named."""
    if len(named.hosts) != 1 or not table.device_column or DEVICE_ID.fullmatch(named.hosts[0]):
        return "", ""
    return named.hosts[0], f"Host {shown(named.hosts[0])}."


def fields_of(
    request: PlanRequest, table: TableSpec, hunted: HuntedColumns, predicates: Sequence[Predicate]
) -> tuple[str, ...]:
    """The usual columns, those that the hunt reads, and those that the filters use."""
    used = (column for predicate in predicates for column in predicate.columns)
    wanted = (table.time_column, *table.default_fields, *hunted(table.name), *used)
    known = [name for name in dict.fromkeys(wanted) if table.column(name)]
    if request.refused is not None and tuple(known) == request.refused.fields:
        known = [name for name in known if name in (table.time_column, *table.default_fields)]
    return tuple(known)


def _less(named: Mentions, account: str) -> Mentions:
    """Without the account that the plan names already."""
    if not account:
        return named
    return dataclasses.replace(named, upns=())


def _spelling(reading: Reading) -> str:
    return " ".join(f"“{shown(word)}” read as “{right}”." for word, right in reading.spelled)


def where_lines(plan: Plan, request: PlanRequest) -> tuple[str, ...]:
    """The `| where` lines of a plan's query."""
    from soc_tui.kql.writing.build import build

    built = build(dataclasses.replace(plan, kql=""), request.catalog, request.limits)
    return tuple(line for line in built.kql.splitlines() if line.startswith("| where "))
