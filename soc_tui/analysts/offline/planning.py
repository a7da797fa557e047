"""A Plan from the words of a request, with no model. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from soc_tui.analysts import PlanRequest
from soc_tui.analysts.cells import escape
from soc_tui.analysts.offline.mentions import Mentions, mentions
from soc_tui.analysts.offline.rulebook import Rulebook
from soc_tui.analysts.offline.times import time_range
from soc_tui.analysts.offline.topics import DEFAULT_TABLE, Topic, about_hunting, topics
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.errors import AnalystError
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Operator, Plan, Predicate

_LONGEST_REQUEST = 4_000
_IP_COLUMNS = (
    "RemoteIP", "LocalIP", "IPAddress", "CallerIpAddress", "SrcIP_s", "DestIP_s", "FileOriginIP",
)  # fmt: skip
_LINES = ("ProcessCommandLine", "InitiatingProcessCommandLine")
_USER_COLUMNS = (
    "AccountName", "AccountUpn", "InitiatingProcessAccountName", "InitiatingProcessAccountUpn",
    "UserPrincipalName", "UserDisplayName", "Caller",
)  # fmt: skip
_FILE_COLUMNS = ("FileName", "FolderPath", "PreviousFileName", *_LINES, "InitiatingProcessFileName")
_DOMAIN_COLUMNS = ("RemoteUrl", "FileOriginUrl", "UserPrincipalName", "RegistryValueData", *_LINES)
_PHRASE_COLUMNS = (
    *_FILE_COLUMNS, "RemoteUrl", "RegistryKey", "RegistryValueName", "RegistryValueData",
    "OperationNameValue", "Title", "AppDisplayName", "UserAgent", "ResultDescription",
)  # fmt: skip
_HASH_COLUMNS = {64: "SHA256", 40: "SHA1", 32: "MD5"}
_TOOLS = re.compile(
    r"(?<![\w.-])(powershell|pwsh|cmd|rundll32|regsvr32|mshta|certutil|bitsadmin|wmic|psexec"
    r"|schtasks|vssadmin|wevtutil|mimikatz|procdump|rclone|cscript|wscript|whoami|nltest|curl"
    r"|python|bash|ssh|lsass)(?![\w-])(?!\.\w)",
    re.I,
)
# Words that narrow one table: pattern, table, column, operator, values, what it means
_NARROWING = (
    (r"\b(?:rdp|remote desktop)\b", "DeviceLogonEvents", "LogonType", Operator.IN,
     ("RemoteInteractive",), "logons by remote desktop"),
    (r"\bfailed (?:log ?[oi]ns?|rdp)\b", "DeviceLogonEvents", "ActionType", Operator.EQUALS,
     ("LogonFailed",), "failed logons"),
    (r"\bfailed (?:entra |azure ad |aad )?(?:sign[ -]?ins?|log ?ins?)\b", "SigninLogs",
     "ResultType", Operator.NOT_EQUALS, ("0",), "sign-ins that failed"),
    (r"\bhigh[ -]severity\b", "AlertInfo", "Severity", Operator.EQUALS, ("High",), "severity High"),
)  # fmt: skip
_EXAMPLES = (
    "Ask for instance: “suspicious powershell in the last 3 days”, “anything odd on host win-07 in"
    " the last 12 hours?”, “password spray against Entra this week”, “who changed role assignments"
    " in Azure since Monday?”."
)


@dataclass(frozen=True, slots=True)
class _Filter:
    """A predicate and the sentence that explains it."""

    predicate: Predicate
    why: str


def plan(request: PlanRequest, book: Rulebook) -> Plan:
    """Table by topic, filters by what is named, fields by the catalog and the rules.

    Raises:
        AnalystError: the request has nothing to do with logs, or the catalog has no table for it.
    """
    text = request.request[:_LONGEST_REQUEST]
    named = mentions(text)
    table, why_table = _table(request, text, named)
    hours, why_time = _hours(text, request)
    user, caller, why_user = _account(named, table)
    host, why_host = _host(named, table)
    filters = [*_filters(text, named, table, user or caller, host)]
    unused = _unused(named, table, filters, bool(user or caller), bool(host))
    reasons = [why_table, why_host, why_user, *(one.why for one in filters), why_time, unused]
    if request.feedback:
        reasons.append("Planned again after the guardrails refused the first plan.")
    return Plan(
        table_name=table.name,
        fields=_fields(request, table, book),
        time_range_hours=hours,
        rationale=" ".join(reason for reason in reasons if reason),
        device_name=host,
        caller=caller,
        user_principal_name=user,
        about_individual_user=bool(named.upns or named.users),
        about_individual_host=bool(named.hosts),
        about_network_security_group=table.name == "AzureNetworkAnalytics_CL",
        predicates=tuple(one.predicate for one in filters),
    )


def _table(request: PlanRequest, text: str, named: Mentions) -> tuple[TableSpec, str]:
    if table := _named_table(request.catalog, text):
        return table, f"The request names the table {table.name}."
    found = topics(text)
    if not found and not named.any and not about_hunting(text):
        raise AnalystError(
            "This does not look like a question about logs.",
            "Offline, the request's own words choose the table, and none of them names one.",
            _EXAMPLES,
        )
    for topic in (*_preferred(found, named), Topic(DEFAULT_TABLE, 0, ())):
        table = request.catalog.table(topic.table)
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


def _preferred(found: Sequence[Topic], named: Mentions) -> Iterator[Topic]:
    """By words; where they say nothing, by what is named."""
    strong = [topic for topic in found if topic.score >= 2]
    yield from strong
    if named.hashes or named.files:
        yield Topic("DeviceFileEvents", 1, (named.hashes or named.files)[:1])
    if (named.ips or named.domains) and not named.hosts:
        yield Topic("DeviceNetworkEvents", 1, (named.ips or named.domains)[:1])
    if named.upns and not named.hosts:
        yield Topic("SigninLogs", 1, named.upns[:1])
    if named.users and not named.hosts:
        yield Topic("DeviceLogonEvents", 1, named.users[:1])
    yield from (topic for topic in found if topic not in strong)


def _why_table(topic: Topic) -> str:
    if not topic.words:
        return f"No word names a kind of log, so {topic.table} is where to begin."
    words = ", ".join(f"“{_shown(word)}”" for word in topic.words[:4])
    return f"{words} {'points' if len(topic.words) == 1 else 'point'} to {topic.table}."


def _hours(text: str, request: PlanRequest) -> tuple[float, str]:
    limits: Limits = request.limits
    found = time_range(text, request.now)
    if found is None:
        hours = min(limits.default_hours, limits.max_hours)
        return hours, f"No time is named: {_last(hours)}."
    if found.hours > limits.max_hours:
        return limits.max_hours, (
            f"“{_shown(found.words)}” is {found.hours:g} hours, longer than allowed:"
            f" {_last(limits.max_hours)}."
        )
    hours = round(found.hours, 4)
    return hours, f"“{_shown(found.words)}”: {_last(hours)}."


def _last(hours: float) -> str:
    return "the last hour" if hours == 1 else f"the last {hours:g} hours"


def _account(named: Mentions, table: TableSpec) -> tuple[str, str, str]:
    """user_principal_name, caller and why, when exactly one full account name is given."""
    if len(named.upns) != 1 or named.users:
        return "", "", ""
    upn = named.upns[0]
    if table.caller_column:
        return "", upn, f"Caller {_shown(upn)}."
    if table.user_column.lower().endswith(("upn", "userprincipalname")):
        return upn, "", f"User {_shown(upn)}."
    return "", "", ""


def _host(named: Mentions, table: TableSpec) -> tuple[str, str]:
    if len(named.hosts) != 1 or not table.device_column:
        return "", ""
    return named.hosts[0], f"Host {_shown(named.hosts[0])}."


def _filters(
    text: str, named: Mentions, table: TableSpec, account: str, host: str
) -> Iterator[_Filter]:
    if named.hosts and not host and table.device_column:
        yield _any_of((table.device_column,), named.hosts, Operator.HAS, table)
    if not account:
        accounts = (*(_account_name(upn, table) for upn in named.upns), *named.users)
        yield from _optional(_USER_COLUMNS, accounts, Operator.HAS, table)
    exact = _present(_IP_COLUMNS, table)
    yield from _optional(exact or _LINES, named.ips, _equals(exact), table)
    yield from _hash_filters(named.hashes, table)
    yield from _optional(_FILE_COLUMNS, named.files, Operator.HAS, table)
    yield from _optional(_DOMAIN_COLUMNS, named.domains, Operator.HAS, table)
    for phrase in named.phrases:
        yield from _optional(_PHRASE_COLUMNS, (phrase,), Operator.CONTAINS, table)
    if table.name == "DeviceProcessEvents":
        tools = tuple(dict.fromkeys(match.lower() for match in _TOOLS.findall(text)))
        columns = ("FileName", *_LINES)
        yield from _optional(columns, tools, Operator.HAS, table)
    for pattern, name, column, operator, values, meaning in _NARROWING:
        if name == table.name and table.column(column) and re.search(pattern, text, re.I):
            yield _Filter(Predicate((column,), operator, values), f"Only {meaning}.")


def _account_name(upn: str, table: TableSpec) -> str:
    """The part before the @ where the table's own account column holds no full names."""
    full = any(table.column(name) for name in ("AccountUpn", "UserPrincipalName", "Caller"))
    return upn if full else upn.split("@", maxsplit=1)[0]


def _equals(exact: Sequence[str]) -> Operator:
    return Operator.EQUALS if exact else Operator.HAS


def _hash_filters(hashes: Sequence[str], table: TableSpec) -> Iterator[_Filter]:
    for length, column in _HASH_COLUMNS.items():
        values = tuple(value for value in hashes if len(value) == length)
        yield from _optional((column,), values, Operator.EQUALS, table)


def _optional(
    columns: Sequence[str], values: Sequence[str], operator: Operator, table: TableSpec
) -> Iterator[_Filter]:
    present = _present(columns, table)
    if present and values:
        yield _any_of(present, values, operator, table)


_SEVERAL = {Operator.EQUALS: Operator.IN, Operator.HAS: Operator.HAS_ANY}


def _any_of(
    columns: Sequence[str], values: Sequence[str], operator: Operator, table: TableSpec
) -> _Filter:
    if len(values) > 1 or operator is Operator.EQUALS:
        operator = _SEVERAL[operator]  # in~ also for one value: hashes differ in letter case
    words = " or ".join(f"“{_shown(value)}”" for value in values)
    return _Filter(
        Predicate(tuple(columns), operator, tuple(values)),
        f"{words} looked for in {', '.join(columns)}.",
    )


def _present(columns: Sequence[str], table: TableSpec) -> tuple[str, ...]:
    return tuple(column for column in columns if table.column(column))


def _unused(
    named: Mentions, table: TableSpec, filters: Sequence[_Filter], account: bool, host: bool
) -> str:
    """Say which named things the table has no column for, rather than drop them silently."""
    used = {value for one in filters for value in one.predicate.values}
    used |= {upn for upn in named.upns if account or _account_name(upn, table) in used}
    if host:
        used |= set(named.hosts)
    everything = (
        *named.hosts, *named.upns, *named.users, *named.ips, *named.hashes, *named.files,
        *named.domains, *named.phrases,
    )  # fmt: skip
    left = [value for value in everything if value not in used]
    if not left:
        return ""
    return (
        f"{table.name} has no column for {', '.join(_shown(value) for value in left)}: no filter."
    )


def _fields(request: PlanRequest, table: TableSpec, book: Rulebook) -> tuple[str, ...]:
    wanted = (table.time_column, *table.default_fields, *book.columns_for(table.name))
    known = [name for name in dict.fromkeys(wanted) if table.column(name)]
    if request.refused is not None and tuple(known) == request.refused.fields:
        known = [name for name in known if name in (table.time_column, *table.default_fields)]
    return tuple(known)


def _shown(text: str) -> str:
    return escape(text[:80])
