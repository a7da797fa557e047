"""Plans a request without a model: a Plan, an answer, or one clarifying question. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.planner.answers import answer, help_text
from soc_tui.analysts.offline.planner.counting import INTERVAL, counted
from soc_tui.analysts.offline.planner.filters import (
    account_name,
    can_hold,
    excluding,
    filters,
    host_filter,
    opposite,
    shown,
    time_filters,
)
from soc_tui.analysts.offline.planner.mentions import Mentions, mentions
from soc_tui.analysts.offline.planner.moments import in_order
from soc_tui.analysts.offline.planner.named_columns import (
    Condition,
    column_filters,
    conditions,
    without,
)
from soc_tui.analysts.offline.planner.narrowing import Filter, narrowing
from soc_tui.analysts.offline.planner.tables import named_tables
from soc_tui.analysts.offline.planner.times import HoursOfDay, TimeRange, hours_of_day, time_range
from soc_tui.analysts.offline.planner.topics import (
    DEFAULT_TABLE,
    STRONG,
    Topic,
    about_hunting,
    choices,
    topics,
)
from soc_tui.analysts.offline.planner.unread import spelled, unread
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Predicate, Reply

HuntedColumns = Callable[[str], Sequence[str]]
"""Columns of a table, called by its name, that the hunt reads: they are asked for as well."""

LONGEST_REQUEST = 4_000
_STOP = r"(?!\b(?:in the|during|over the|since|last|past|this|with the last|for the|between|and (?:show|list|count|where))\b|[;?!]|\.\s)"
_OUT = re.compile(
    r"(?:\b(?:except(?:\s+for)?|exclud(?:ing|es?|ed)|without|other\s+than|but\s+not|not\s+including"
    r"|outside(?:\s+of)?|ignor(?:e|ing)|(?:apart|aside)\s+from|hide|drop|skip(?:ping)?|besides|minus|leaving\s+out"
    r"|leave\s+out|filter(?:ing)?\s+out|unless)\s+(?:(?:those|ones|the ones|any|all|anything)\s+)?"
    r"|\b(?:(?:is|are|was|were|do|does|did|has|have|had|been)\s*n['’]t|not|never|nor)\s+"
    r"(?=(?:\w+\s+){0,2}(?:from|by|on|in|with|using|named|called|of|to|involving)\b))"
    rf"(?P<out>(?:{_STOP}.)+)",
    re.I,
)
# A noun or a verb form where a name could stand would be looked for as one, and give no rows.
_PERSON = re.compile(
    r"\b(?:for|by|of|did|does|is|has)\s+(?P<name>(?!\w+(?:(?<![au])s|ing|ed|ion|ity|ment|ors?|ware)\b)"
    r"[A-Za-z][a-z]{2,13})(?![\w@.-]*[\w@])(?!\s+(?:and|or)\b)"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a request say.

    Attributes:
        whole: The request, misspelt words put right.
        text: The same, the words about its time and what it wants left out gone.
        named: What it names.
        out, out_named: What it wants left out: the words, and what they name.
        time, hours: When: a stretch of time, and a part of each day.
        spelled: Words read as others that they are nearly the same as.
        conditions: What it says of columns by their names; gone from `text`.
        interval: The words that say in which steps of time to count; gone from `text`.
    """

    whole: str
    text: str
    named: Mentions
    out: str
    out_named: Mentions
    time: TimeRange | None
    hours: HoursOfDay | None = None
    spelled: tuple[tuple[str, str], ...] = ()
    conditions: tuple[Condition, ...] = ()
    interval: str = ""


def read(text: str, request: PlanRequest, table: TableSpec | None = None) -> Reading:
    """Read the words of a request.

    Args:
        table: The table that they are about, when it is known: columns are looked for there only.
    """
    text = in_order(text[:LONGEST_REQUEST], request.now)
    tables = request.catalog.tables
    found = conditions(text, request.catalog if table is None else Catalog({table.name: table}))
    rest = without(text, found)
    wrong = spelled(rest, mentions(rest), tables)
    for word, right in wrong.items():
        rest = re.sub(rf"(?<!\w){word}(?!\w)", right, rest)
    step = INTERVAL.search(rest)
    rest = rest.replace(step[0], " ") if step else rest
    hours = hours_of_day(rest, request.now)
    # A time in quotation marks is text to look for; one outside names no host or port.
    rest = _without_words(rest, hours.words) if hours else rest
    time = time_range(rest, request.now)
    rest = _without_words(rest, time.words) if time else rest
    outs: list[str] = []
    for match in _OUT.finditer(rest):
        if mentions(match["out"]).any or _narrows(match["out"], request.catalog):
            outs.append(match["out"])
            rest = rest.replace(match[0], " ")
    out = " ".join(outs)
    return Reading(
        text,
        rest,
        _with_people(_without_tables(rest, tables), tables),
        out,
        mentions(out),
        time,
        hours,
        tuple(wrong.items()),
        found,
        step[0] if step else "",
    )


def plan_anew(text: str, request: PlanRequest, hunted: HuntedColumns) -> Plan | Reply:
    """Table by topic, filters by what is named, fields by the catalog and the hunt.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    called = named_tables(reading.whole, request.catalog.tables)
    named_table = next(iter(filter(None, (request.catalog.table(c.table) for c in called))), None)
    found = topics(reading.text, reading.named)
    if not named_table and not found and not reading.named.any and not reading.conditions:
        if not about_hunting(reading.text):
            return Reply(help_text(request.catalog))
        if request.may_ask:
            return ask_for_table(request.catalog)
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
    found = [
        *(host_filter(named.hosts, table) if named.hosts and not host else ()),
        *column_filters(reading.conditions, table),
        *filters(reading.text, _less(named, user or caller), table),
        *left_out(reading, table),
        *(time_filters(reading.time, table) if reading.time else ()),
    ]
    unused = _unused(named, table, found, user or caller, host)
    reasons = [_spelling(reading), why_table, why_host, why_user, *(one.why for one in found)]
    reasons += [why_time, unused, _not_read(reading, table, request.catalog.tables)]
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
    if len(named.hosts) != 1 or not table.device_column:
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


def _with_people(text: str, tables: Collection[str]) -> Mentions:
    """What is named; and people called by one name, where no list knows the word ("for ingrid")."""
    named = mentions(text)
    left = {word.lower() for word in unread(text, named, tables)}
    people = [one["name"] for one in _PERSON.finditer(text) if one["name"].lower() in left]
    return dataclasses.replace(named, users=tuple(dict.fromkeys((*named.users, *people))))


def _without_words(text: str, phrase: str) -> str:
    words = r"\s+".join(map(re.escape, phrase.split()))
    pieces = re.split(r"([\"“][^\"“”]*[\"”])", text)
    return "".join(
        piece if number % 2 else re.sub(words, " ", piece) for number, piece in enumerate(pieces)
    )


def _without_tables(text: str, tables: Collection[str]) -> str:
    """The names of tables are no names of hosts: "device registry events"."""
    for one in named_tables(text, tables):
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _narrows(words: str, catalog: Catalog) -> bool:
    return any(narrowing(words, table) for table in catalog.tables.values())


def _less(named: Mentions, account: str) -> Mentions:
    """Without the account that the plan names already."""
    if not account:
        return named
    return dataclasses.replace(named, upns=())


def _spelling(reading: Reading) -> str:
    return " ".join(f"“{shown(word)}” read as “{right}”." for word, right in reading.spelled)


def _not_read(reading: Reading, table: TableSpec, tables: Collection[str]) -> str:
    """Own up to the words that changed nothing, rather than look as if they had."""
    left = unread(reading.text, reading.named, tables, table.name)
    return f"Ignored: {', '.join(f'“{shown(word)}”' for word in left)}." if left else ""


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
    able = [one for one in known if one[0].score >= least and _can_hold(reading, one[1])]
    if known and not _can_hold(reading, known[0][1]):
        known = [next(iter(able), known[0])]
    for topic, there in known:
        return there, _why_table(topic)
    raise AnalystError(
        "The catalog has no table that fits this request.",
        "Searched for: " + ", ".join(topic.table for topic in found) + ".",
        "Add the table to the catalog, or ask about another one.",
    )


def _can_hold(reading: Reading, table: TableSpec) -> bool:
    held = all(one.column(table) for one in reading.conditions)
    return held and can_hold(reading.named, table)


def _why_table(topic: Topic) -> str:
    if not topic.words:
        return f"No log type given, so {topic.table} is the starting point."
    words = ", ".join(f"“{shown(word)}”" for word in topic.words[:4])
    return f"{words} {'points' if len(topic.words) == 1 else 'point'} to {topic.table}."


def _unused(
    named: Mentions, table: TableSpec, found: Sequence[Filter], account: str, host: str
) -> str:
    """Say which named things the table has no column for, rather than drop them silently."""
    used = {value for one in found for value in one.predicate.values}
    used |= {upn for upn in named.upns if upn == account or account_name(upn, table) in used}
    used |= {host}
    left = [value for value in _everything(named) if value not in used]
    if not left:
        return ""
    return f"{table.name} has no column for {', '.join(map(shown, left))}: no filter."


def _everything(named: Mentions) -> Iterator[str]:
    yield from (*named.hosts, *named.upns, *named.users, *named.ips, *named.hashes, *named.files)
    yield from (*named.ids, *named.cves)
    yield from (*named.subnets, *named.actors, *named.domains, *named.paths, *named.phrases)
