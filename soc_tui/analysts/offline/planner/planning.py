"""Plans a request without a model: a Plan, an answer, or one clarifying question. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Sequence

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.answers import answer, help_text
from soc_tui.analysts.offline.planner.applied import blanked, not_applied
from soc_tui.analysts.offline.planner.column_filters import column_filters
from soc_tui.analysts.offline.planner.counting import counted, counts
from soc_tui.analysts.offline.planner.filters import (
    DEVICE_ID,
    excluding,
    filters,
    host_filter,
    opposite,
    shown,
    time_filters,
    unheld,
)
from soc_tui.analysts.offline.planner.hunts import (
    HuntingQuery,
    hunting_queries,
    hunting_query,
    written,
)
from soc_tui.analysts.offline.planner.hunts import spans as hunt_spans
from soc_tui.analysts.offline.planner.mentions import Mentions
from soc_tui.analysts.offline.planner.narrowing import Filter, narrowing
from soc_tui.analysts.offline.planner.noted_values import all_names, noted
from soc_tui.analysts.offline.planner.reading import Reading, read
from soc_tui.analysts.offline.planner.sweep import EVERYWHERE, swept
from soc_tui.analysts.offline.planner.tables import NamedTable, named_tables
from soc_tui.analysts.offline.planner.times import TimeRange
from soc_tui.analysts.offline.planner.topics import (
    DEFAULT_TABLE,
    STRONG,
    Topic,
    about_hunting,
    by_catalog,
    choices,
    topics,
)
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Predicate, Reply

_UNHELD = 8.0  # what a table without a column for something named falls behind

_SURE = 5
_MUCH = 9.0  # by what words for another table outweigh a name in words
_JOINED = re.compile(
    r"\b(?:join(?:ed|ing)?|against|compar\w+|correlat\w+)\b[\w\s]{0,60}$"
    r"|\bwith (?:any|all|the|every)\b[\w\s]{0,40}\bin\s+(?:the\s+)?$",
    re.I,
)

HuntedColumns = Callable[[str], Sequence[str]]
"""Columns of a table, called by its name, that the hunt reads: they are asked for as well."""


def plan_anew(text: str, request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    """Table by topic, filters by what is named, fields by the catalog and the hunt.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    called = named_tables(reading.whole, request.catalog.tables)
    found = by_catalog(topics(reading.about, reading.named), reading.whole, request.catalog)
    named_table = _called(called, found, reading, request.catalog)
    absent = absent_table(reading, called, found, request.catalog)
    if absent and request.may_ask and choices(request.catalog):
        return ask_for_another(absent, request.catalog)
    if absent and not request.may_ask and (rest := _without_words(text, absent.words)) != text:
        return plan_anew(rest, request, hunted)  # answered: the words for it lead nowhere
    if special := _sweep(reading, request, hunted) or _hunt(
        reading, named_table, found, request, hunted
    ):
        return special
    if not named_table and not found and not reading.named.any and not reading.conditions:
        hunts = about_hunting(reading.text)
        if not hunts or request.may_ask:
            catalog = request.catalog
            return ask_for_table(catalog) if hunts else Reply(help_text(catalog))
    table, why = _table(named_table, found, reading, request.catalog)
    made = build_plan(reading, table, why, request, hunted)
    return counted(
        reading.text,
        made,
        request.catalog,
        request.limits,
        hours=reading.hours,
        interval=reading.interval,
    )


def _called(
    called: Sequence[NamedTable], found: Sequence[Topic], reading: Reading, catalog: Catalog
) -> TableSpec | None:
    """The table that the request calls by a name, if no other is meant by much more of it."""
    there = [(one, table) for one in called if (table := catalog.table(one.table))]
    if len(there) > 1 or (found and found[0].score > _MUCH):
        # "… joined with the table B": what comes before is what it is about.
        there = [pair for pair in there if not _JOINED.search(reading.whole[: pair[0].start])]
    if not there:
        return None
    first, table = there[0]
    scores = {one.table: one.score for one in found if catalog.table(one.table)}
    best = max(scores, key=lambda name: scores[name], default=table.name)
    if first.exact or scores.get(best, 0) <= scores.get(table.name, 0) + _MUCH:
        return table
    return None


def _sweep(reading: Reading, request: PlanRequest, hunted: HuntedColumns) -> Plan | None:
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


def where_lines(plan: Plan, request: PlanRequest) -> tuple[str, ...]:
    """The `| where` lines of a plan's query."""
    from soc_tui.kql.writing.build import build

    built = build(dataclasses.replace(plan, kql=""), request.catalog, request.limits)
    return tuple(line for line in built.kql.splitlines() if line.startswith("| where "))


def _hunt(
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
    able = [name for name, table in catalog.tables.items() if not _unheld(reading, table)]
    narrow = Catalog({name: catalog.tables[name] for name in able})
    text = reading.text
    found = hunting_query(text, narrow, name) or hunting_query(text, catalog, name)
    if found and _is_about_others(found, about):
        return None
    plan = _hunting_plan(found, reading, request, hunted) if found else None
    return plan if plan and _is_allowed(plan, request) else None


def _is_about_others(hunt: HuntingQuery, about: Sequence[Topic]) -> bool:
    """Whether much more of the request is about a table that the hunting query does not read."""
    own = max((one.score for one in about if one.table in hunt.tables), default=0)
    return bool(about) and about[0].table not in hunt.tables and about[0].score > own + 2 * _MUCH


def _is_allowed(plan: Plan, request: PlanRequest) -> bool:
    """Whether the workspace has all the columns: if not, a plain query does."""
    from soc_tui.guardrails.judge import judge_kql

    return judge_kql(plan.kql, request.catalog, request.limits, request.now).allowed


def _hunting_plan(
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


def absent_table(
    reading: Reading, called: Sequence[NamedTable], found: Sequence[Topic], catalog: Catalog
) -> NamedTable | None:
    """The table that the request is about, when the workspace lacks it and no other is meant."""
    if any(catalog.table(one.table) for one in called):
        return None
    if called:
        either = re.match(r"\s+or\b", reading.whole[called[0].end :], re.I)
        others = [one for one in found if catalog.table(one.table) and one.score > STRONG]
        return None if either and others else called[0]
    if hunting_query(reading.text, catalog):
        return None
    there = max((one.score for one in found if catalog.table(one.table)), default=0)
    # A table that is there and nearly as sure is no stand-in.
    least = max(STRONG, there + (2 if there >= _SURE else 0))
    if found and found[0].score > least and not catalog.table(found[0].table):
        words = found[0].words[0]
        return NamedTable(found[0].table, words, 0, 0)
    wanted = next((one for one in hunting_queries() if one.say.search(reading.text)), None)
    if wanted is not None and not there:
        table = next(name for name in wanted.tables if not catalog.table(name))
        match = wanted.say.search(reading.text)
        return NamedTable(table, match[0] if match else "", 0, 0)
    return None


def _without_words(text: str, words: str) -> str:
    return re.sub(re.escape(words), " ", text, flags=re.I)


def ask_for_another(absent: NamedTable, catalog: Catalog) -> Reply:
    """Say that a table is not there, and what is; nothing takes its place unasked."""
    return Reply(
        f"This workspace has no {absent.table}, which “{shown(absent.words)}” asks for. There are:"
        f" {catalog.told}. Which logs should I look at instead?",
        True,
        choices(catalog),
    )


def ask_for_table(catalog: Catalog) -> Reply:
    """The one question: which kind of logs."""
    return Reply("Which logs should I look at?", True, choices(catalog))


def build_plan(
    reading: Reading,
    table: TableSpec,
    why_table: str,
    request: PlanRequest,
    hunted: HuntedColumns,
) -> Plan:
    """The plan of what a request says on one table."""
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
        not_applied=not_applied(reading, table, found, (user or caller, host)),
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


def _table(
    table: TableSpec | None, found: Sequence[Topic], reading: Reading, catalog: Catalog
) -> tuple[TableSpec, str]:
    """The table of the request: one with columns for what is named, where there is one."""
    if table:
        return table, f"The request names the table {table.name}."
    known = [
        (topic, there)
        for topic in (*found, Topic(DEFAULT_TABLE, 0, ()))
        if (there := catalog.table(topic.table))
    ]
    # A faint word is outweighed by any other, a strong one only by one that is not faint itself.
    least = STRONG if known and known[0][0].score > STRONG else 0
    known = [one for one in known if one[0].score >= least]
    if not known:
        raise AnalystError(
            "The catalog has no table that fits this request.",
            "Searched for: " + ", ".join(topic.table for topic in found) + ".",
            "Add the table to the catalog, or ask about another one.",
        )
    topic, there = max(known, key=lambda one: one[0].score - _UNHELD * _unheld(reading, one[1]))
    return there, _why_table(topic)


def _unheld(reading: Reading, table: TableSpec) -> int:
    """How much of what the request names the table has no columns for."""
    lacks = sum(not one.held(table) for one in reading.conditions if not one.of_row)
    return lacks + unheld(reading.named, f"{reading.text} {reading.out}", table)


def _why_table(topic: Topic) -> str:
    if not topic.words:
        return f"No log type given, so {topic.table} is the starting point."
    words = ", ".join(f"“{shown(word)}”" for word in topic.words[:4])
    return f"{words} {'points' if len(topic.words) == 1 else 'point'} to {topic.table}."
