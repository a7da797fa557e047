"""KQL from a plan: time bound first, filters, fields, order, cap."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from soc_tui.kql.text.literals import hours_text, identifier
from soc_tui.kql.writing.filters import caller_filter, device_filter, predicate_filter, user_filter
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import RefusedError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan


@dataclass(frozen=True, slots=True)
class BuiltQuery:
    """A KQL text, and what was done to get it that the analyst should know."""

    kql: str
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Draft:
    table: TableSpec
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def build(plan: Plan, catalog: Catalog, limits: Limits) -> BuiltQuery:
    """The query of a plan, one operator a line.

    Every identifier in it comes from the catalog and every value stands in an escaped literal of
    its column's type. What of the plan is empty, or cannot be asked of that table, is left out and
    named in the notes.

    Raises:
        RefusedError: the catalog does not know the plan's table.
    """
    table = catalog.table(plan.table_name)
    if table is None:
        raise RefusedError(
            f"The catalog has no table {plan.table_name!r}.",
            next_step=f"Use one of {catalog.told}.",
        )
    draft = _Draft(table, [identifier(table.name)])
    _bound_time(draft, plan, limits)
    _filter(draft, plan)
    _project(draft, plan)
    if table.time_column:
        draft.lines.append(f"| order by {identifier(table.time_column)} desc")
    draft.lines.append(f"| take {limits.max_rows}")
    return BuiltQuery("\n".join(draft.lines), tuple(draft.notes))


def _bound_time(draft: _Draft, plan: Plan, limits: Limits) -> None:
    if not draft.table.time_column:
        draft.notes.append(f"{draft.table.name} has no time column, so no time range is applied.")
        return
    hours = plan.time_range_hours
    if not math.isfinite(hours) or hours <= 0:
        draft.notes.append(
            f"The plan had no usable time range: the last {limits.default_hours:g} h."
        )
        hours = limits.default_hours
    elif hours > limits.max_hours:
        draft.notes.append(
            f"The time range was reduced from {hours:g} h to the limit of {limits.max_hours:g} h."
        )
        hours = limits.max_hours
    draft.lines.append(f"| where {identifier(draft.table.time_column)} > ago({hours_text(hours)})")


def _filter(draft: _Draft, plan: Plan) -> None:
    table = draft.table
    account = plan.user_principal_name.strip()
    caller = plan.caller.strip()
    if caller == account and table.caller_column == table.user_column:
        caller = ""
    filters = [
        device_filter(table, plan.device_name.strip()),
        user_filter(table, account),
        caller_filter(table, caller),
        *(predicate_filter(table, predicate) for predicate in plan.predicates),
    ]
    for made in filters:
        draft.notes.extend(made.notes)
        if made.condition:
            draft.lines.append(f"| where {made.condition}")


def _project(draft: _Draft, plan: Plan) -> None:
    table = draft.table
    known = [name for name in plan.fields if table.column(name)]
    unknown = [name for name in plan.fields if not table.column(name)]
    if unknown:
        names = ", ".join(map(repr, unknown))
        draft.notes.append(f"Not in {table.name}, so left out: {names}.")
    if not known:
        known = list(table.default_fields)
        if known:
            draft.notes.append(
                f"The plan named no columns: the default columns of {table.name} are shown."
            )
    if known:
        time = [table.time_column] if table.time_column else []
        fields = dict.fromkeys([*time, *known])
        draft.lines.append(f"| project {', '.join(map(identifier, fields))}")
