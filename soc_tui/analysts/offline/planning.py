"""A Plan from the words of a request, with no model; or an answer, or one question back. Pure."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.offline.answers import answer, help_text
from soc_tui.analysts.offline.counting import counted
from soc_tui.analysts.offline.filters import (
    account_name,
    excluding,
    filters,
    host_filter,
    opposite,
    shown,
    time_filters,
)
from soc_tui.analysts.offline.mentions import Mentions, mentions
from soc_tui.analysts.offline.narrowing import Filter, narrowing
from soc_tui.analysts.offline.rulebook import Rulebook
from soc_tui.analysts.offline.times import TimeRange, time_range
from soc_tui.analysts.offline.topics import DEFAULT_TABLE, Topic, about_hunting, choices, topics
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan, Predicate, Reply

LONGEST_REQUEST = 4_000
_OUT = re.compile(
    r"\b(?:except(?:\s+for)?|excluding|exclude|without|other\s+than|but\s+not|not\s+(?:from|by|on|in)"
    r"|outside(?:\s+of)?|ignor(?:e|ing)|apart\s+from|hide|drop)\s+"
    r"(?P<out>(?:(?!\b(?:in the|during|over the|since|last|past)\b|[,;?!]|\.\s).)+)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a request say.

    Attributes:
        text: The request, the words about its time left out.
        named: What it names.
        out, out_named: What it wants left out: the words, and what they name.
    """

    text: str
    named: Mentions
    out: str
    out_named: Mentions
    time: TimeRange | None


def read(text: str, request: PlanRequest) -> Reading:
    """Read the words of a request."""
    text = text[:LONGEST_REQUEST]
    time = time_range(text, request.now)
    # A time in quotation marks is text to look for; one outside names no host or port.
    rest = _without_time(text, time) if time else text
    outs: list[str] = []
    for match in _OUT.finditer(rest):
        if mentions(match["out"]).any or _narrows(match["out"], request.catalog):
            outs.append(match["out"])
            rest = rest.replace(match[0], " ")
    out = " ".join(outs)
    return Reading(rest, mentions(rest), out, mentions(out), time)


def plan_anew(text: str, request: PlanRequest, book: Rulebook) -> Plan | Reply:
    """Table by topic, filters by what is named, fields by the catalog and the rules.

    Raises:
        AnalystError: the catalog has no table for it.
    """
    reading = read(text, request)
    if reply := answer(text, reading.named, request.catalog):
        return reply
    named_table = _named_table(request.catalog, text)
    found = topics(reading.text, reading.named)
    if not named_table and not found and not reading.named.any:
        if not about_hunting(text):
            return Reply(help_text(request.catalog))
        if request.may_ask:
            return ask_for_table(request.catalog)
    table, why = _table(named_table, found, request.catalog)
    made = build_plan(reading, table, why, request, book)
    return counted(text, made, request.catalog, request.limits)


def ask_for_table(catalog: Catalog) -> Reply:
    """The one question: which kind of logs."""
    return Reply("Which kind of logs should I look at?", True, choices(catalog))


def build_plan(
    reading: Reading,
    table: TableSpec,
    why_table: str,
    request: PlanRequest,
    book: Rulebook,
) -> Plan:
    """The plan of what a request says on one table."""
    named = reading.named
    hours, why_time = hours_of(reading.time, request)
    user, caller, why_user = account(named, table)
    host, why_host = host_of(named, table)
    found = [
        *(host_filter(named.hosts, table) if named.hosts and not host else ()),
        *filters(reading.text, _less(named, user or caller), table),
        *left_out(reading, table),
        *(time_filters(reading.time, table) if reading.time else ()),
    ]
    unused = _unused(named, table, found, user or caller, host)
    reasons = [why_table, why_host, why_user, *(one.why for one in found), why_time, unused]
    if request.feedback:
        reasons.append("Planned again after the guardrails refused the first plan.")
    predicates = tuple(dict.fromkeys(one.predicate for one in found))
    return Plan(
        table_name=table.name,
        fields=fields_of(request, table, book, predicates),
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
        return hours, f"No time is named: {last(hours)}."
    if time.hours > limits.max_hours:
        return limits.max_hours, (
            f"“{shown(time.words)}” begins {time.hours:g} hours ago, longer than allowed:"
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
    request: PlanRequest, table: TableSpec, book: Rulebook, predicates: Sequence[Predicate]
) -> tuple[str, ...]:
    """The usual columns, those that the rules need, and those that the filters use."""
    used = (column for predicate in predicates for column in predicate.columns)
    wanted = (table.time_column, *table.default_fields, *book.columns_for(table.name), *used)
    known = [name for name in dict.fromkeys(wanted) if table.column(name)]
    if request.refused is not None and tuple(known) == request.refused.fields:
        known = [name for name in known if name in (table.time_column, *table.default_fields)]
    return tuple(known)


def _without_time(text: str, time: TimeRange) -> str:
    words = r"\s+".join(map(re.escape, time.words.split()))
    pieces = re.split(r"([\"“][^\"“”]*[\"”])", text)
    return "".join(
        piece if number % 2 else re.sub(words, " ", piece) for number, piece in enumerate(pieces)
    )


def _narrows(words: str, catalog: Catalog) -> bool:
    return any(narrowing(words, table) for table in catalog.tables.values())


def _less(named: Mentions, account: str) -> Mentions:
    """Without the account that the plan names already."""
    if not account:
        return named
    return dataclasses.replace(named, upns=())


def _table(
    named: TableSpec | None, found: Sequence[Topic], catalog: Catalog
) -> tuple[TableSpec, str]:
    if named:
        return named, f"The request names the table {named.name}."
    for topic in (*found, Topic(DEFAULT_TABLE, 0, ())):
        table = catalog.table(topic.table)
        if table is not None:
            return table, _why_table(topic)
    raise AnalystError(
        "The catalog has no table that fits this request.",
        "Looked for: " + ", ".join(topic.table for topic in found) + ".",
        "Add the table to the catalog, or ask for another one.",
    )


def _named_table(catalog: Catalog, text: str) -> TableSpec | None:
    """The first table that the request calls by its name."""
    tables = {name.casefold(): table for name, table in catalog.tables.items()}
    words = (word.casefold() for word in re.findall(r"\w+", text))
    return next((tables[word] for word in words if word in tables), None)


def _why_table(topic: Topic) -> str:
    if not topic.words:
        return f"No word names a kind of log, so {topic.table} is where to begin."
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
    yield from (*named.actors, *named.domains, *named.paths, *named.phrases)
