"""Requests for numbers ("how many", "top 10 accounts", "more than 5 hosts"), as queries. Pure."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from soc_tui.analysts.offline.planner.column_words import columns_called
from soc_tui.analysts.offline.planner.times import HoursOfDay
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

_MOST_GROUPS = 100
_NOUNS: Mapping[str, Sequence[str]] = {
    r"(?:hosts?|machines?|devices?|computers?|servers?|workstations?)": (
        "DeviceName", "Computer", "VM_s", "SourceHostName",
    ),
    r"talkers?": ("DeviceName", "SrcIP_s", "SrcIp", "SourceIP"),
    r"(?:users?|accounts?|people|persons?|who)": (
        "UserPrincipalName", "AccountName", "InitiatingProcessAccountName", "UserId", "Caller",
        "TargetUserName", "RecipientEmailAddress", "SourceUserName",
    ),
    r"callers?": ("Caller",),
    r"(?:(?:source|remote) )?(?:ip )?(?:addresses|address|ips?|sources?)": (
        "IPAddress", "RemoteIP", "CallerIpAddress", "SrcIP_s", "SourceIP", "ClientIP", "IpAddress",
    ),
    r"(?:countries|country|locations?)": ("Location", "Country_s", "Country"),
    r"(?:process(?:es)?|programs?|files?)": ("FileName", "InitiatingProcessFileName"),
    r"(?:parents?(?: process(?:es)?)?)": ("InitiatingProcessFileName",),
    r"(?:domains?|urls?|destinations?)": ("RemoteUrl", "DestIP_s", "DestinationIP"),
    r"ports?": ("RemotePort", "DestPort_d", "DestinationPort", "DestPort"),
    r"operations?": ("OperationNameValue", "OperationName", "Operation"),
    r"(?:apps?|applications?)": ("AppDisplayName",),
    r"(?:result types?|results?|error codes?|errors?)": ("ResultType", "ActivityStatusValue"),
    r"(?:actions?|action types?)": ("ActionType",),
    r"logon types?": ("LogonType",),
    r"rules?": ("NSGRule_s", "NsgRule"),
    r"(?:registry )?keys?": ("RegistryKey",),
    r"(?:event ids?)": ("EventID",),
    r"(?:titles?|alerts?)": ("Title", "AlertName"),
    r"severit(?:y|ies)": ("Severity", "AlertSeverity"),
}  # fmt: skip
_NOUN = "|".join(_NOUNS)
# What is left of a request whose subject was said before: "which hosts?", "who did that?".
_WHICH = re.compile(
    rf"\W*(?:and\s+)?(?:(?:to|from|on|by|for|at)\s+)?(?:(?:which|what)\s+(?P<what>{_NOUN})"
    r"|(?P<who>whom?)(?:\s+(?:did|was|made|ran)\s+(?:it|that|this|them|those|these))?)\W*",
    re.I,
)
_SPANS = {"minute": "1m", "hour": "1h", "day": "1d"}
_TOP = re.compile(
    rf"\b(?:top(?:\s+(?P<count>\d{{1,3}}|ten|five|twenty))?|most (?:common|frequent|active|seen)"
    rf"|(?P<least>rarest|least (?:common|frequent|active|seen)))\s+(?:(?P<rare>rare|rarest"
    rf"|unusual|uncommon)\s+)?(?:\w+\s+)?(?P<what>{_NOUN})\b",
    re.I,
)
_WHICH_MOST = re.compile(
    rf"\b(?P<what>{_NOUN})\s+(?:\w+\s+){{0,2}}?(?:the\s+)?(?:most|highest|(?P<least>fewest|least"
    r"|lowest))\b(?!\s+(?:likely|probably|recent\w*|suspicious|of)\b)",
    re.I,
)
_PER = re.compile(rf"\b(?:per|for each|group(?:ed)? by|counted by)\s+(?P<what>{_NOUN})\b", re.I)
# "By user" may be followed by the user's name, so it groups only at the end of a clause.
_BY = re.compile(
    rf"\bby\s+(?P<what>(?!who\b|\w+[^s]s\b)(?:{_NOUN}))(?=\s*(?:$|[,.;?!]|\b(?:in|for|over"
    rf"|during|since|on"
    r"|from|last|past)\b))",
    re.I,
)
_COUNTED_BY = re.compile(
    r"\b(?:count(?:s|ed)?|numbers?|total|how many|group(?:ed)?)\b.*?"
    rf"\bby\s+(?P<what>{_NOUN})\b",
    re.I,
)
_BY_TIME = re.compile(r"\b(?:per|by|each|every)\s+(?P<span>minute|hour|day)\b|\bhourly\b", re.I)
INTERVAL = re.compile(
    r"\b(?:at|in|by|of|per|every|each|with|using|over)\s+(?:(?:a|an|each"
    r"|every)\s+)?(?P<every>\d{1,3})[\s-]*(?P<unit>minute|min|hour|hr|day|m|h|d)s?"
    r"[\s-]*(?:time\s+)?(?:intervals?|bins?|steps?|buckets?|windows?|slots?)\b"
    r"|\b(?:every|per|each)\s+(?P<every2>\d{1,3})[\s-]*(?P<unit2>minute|min|hour|hr|day|m|h|d)s?\b"
    r"|\b(?:at|in|by|of)\s+(?:an?\s+)?(?P<unit3>minute|hour|day|hourly"
    r"|daily)\s*(?:ly)?\s+(?:intervals?|bins?|steps?|buckets?)\b",
    re.I,
)
"""In which steps of time to count: "at 30 minute intervals", "every 6 hours"."""

_ROWS = re.compile(
    r"\b(?P<word>first|top|latest|last|earliest|oldest|newest|most recent|initial"
    r"|limit(?:ed)?(?: to)?|show(?: me)?|display|dislay|get|give(?: me)?|list|only|any"
    r"|a list of|sample(?: of)?|return|take|up to|at most)\s+"
    r"(?:the\s+|me\s+|with\s+)*(?:(?P<word2>first|top|latest|last|earliest|oldest|newest"
    r"|most recent|initial)\s+)?(?P<count>\d{1,6}|(?:a )?single|one)\s*(?P<k>k)?\s+"
    r"(?P<word3>oldest|earliest|newest|latest|most recent)?"
    r"(?!\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?|[mhdw]\b|percent|%|or\b"
    r"|and\b))",
    re.I,
)
_OLDEST_FIRST = re.compile(
    r"\b(?:oldest|earliest) first\b|\bchronological(?:ly| order)\b"
    r"|\b(?:in )?ascending(?: order)?(?: (?:by|of) time\w*)?\b",
    re.I,
)
_OLDEST = ("first", "earliest", "oldest", "initial")
_HOW_MANY = re.compile(
    rf"\b(?:how many|number of|count (?:of |the )?)\s*(?:different |distinct |unique )?"
    rf"(?P<what>{_NOUN})?",
    re.I,
)
_MORE_THAN = re.compile(
    rf"\b(?P<what>{_NOUN})\b(?P<between>.{{0,60}}?)\b(?P<than>more than|over|at least|fewer than"
    r"|less than)\s+(?P<number>\d{1,6}|two|three|five|ten|twenty)\s+"
    rf"(?:(?:different|distinct|unique)\s+)?(?P<other>{_NOUN})?"
    r"(?!(?:\d*\s*)(?:minutes?|hours?|days?|weeks?|months?|[kmg]i?b|bytes|megabytes|gigabytes"
    r"|percent)\b)",
    re.I,
)
_THAN = {
    "more than": ">", "over": ">", "at least": ">=", "fewer than": "<", "less than": "<",
}  # fmt: skip
# A number that groups have to reach: ">10 per account", "more than 20 failed logons by user".
_LEAST = re.compile(
    r"(?:(?P<sign>>=|>|<=|<)|\b(?P<than>more than|over|at least|fewer than|less than))\s*"
    r"(?P<number>\d{1,6})\b(?!\s*(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|[mhdw]\b"
    r"|[kmg]i?b|bytes|megabytes|gigabytes|percent|%))",
    re.I,
)
_HOW_MANY_OF = re.compile(
    r"\b(?:how many|number of|count (?:of )?(?:the )?)\s*(?:different |distinct |unique )"
    r"(?P<of>[\w ]{2,30}?)\s+(?:per|by|for each|each)\b",
    re.I,
)
_WORD_NUMBERS = {"two": 2, "three": 3, "five": 5, "ten": 10, "twenty": 20}
_DEFAULT_TOP = 10


def counts(text: str) -> bool:
    """Whether a request asks for numbers."""
    ways = (_TOP, _WHICH_MOST, _PER, _COUNTED_BY, _BY, _BY_TIME, _MORE_THAN, _HOW_MANY)
    return bool(_WHICH.fullmatch(text)) or any(way.search(text) for way in ways)


def spans(text: str, table: TableSpec) -> list[tuple[int, int]]:
    """Where words stand that a count or a number of rows stands for."""
    summary = _summary(text, table)
    if summary is not None:
        ways = (_TOP, _WHICH_MOST, _PER, _COUNTED_BY, _BY, _BY_TIME, _MORE_THAN, _HOW_MANY)
        ways = (*ways, _HOW_MANY_OF, _LEAST) if "| where " in summary[0] else (*ways, _HOW_MANY_OF)
        found = [match.span() for way in ways for match in way.finditer(text)]
        return found + _group_spans(text, table)
    rows = [match.span() for match in _ROWS.finditer(text)][:1]
    return rows + [match.span() for match in _OLDEST_FIRST.finditer(text)]


def counted(
    text: str,
    plan: Plan,
    catalog: Catalog,
    limits: Limits,
    *,
    before: str = "",
    hours: HoursOfDay | None = None,
    interval: str = "",
) -> Plan:
    """The plan with a query that counts, where the request asks for numbers; else as it is.

    Args:
        before: The query that the request follows up: what was counted is counted again.
        hours: Hours of the day that the rows should lie in.
        interval: The words that say in which steps of time to count.
    """
    table = catalog.table(plan.table_name)
    if table is None:
        return plan
    summary = _summary(text, table, interval) or _summary_of(before)
    hourly = _hours(hours, table) or _hours_of(before)
    summary = summary or _some_rows(text, table, limits)
    oldest = summary is None and _OLDEST_FIRST.search(text) and table.time_column
    if summary is None and hourly is None and not oldest:
        return plan
    from soc_tui.kql.writing.build import build

    lines = build(dataclasses.replace(plan, kql=""), catalog, limits).kql.splitlines()
    wheres = [line for line in lines if line == lines[0] or line.startswith("| where ")]
    after = lines[len(wheres) :]
    rest = [summary[0]] if summary else after
    if oldest:
        time = f"| order by {table.time_column} "
        rest = [line.replace(f"{time}desc", f"{time}asc") for line in after]
    if summary and not summary[0].startswith("| summarize"):
        rest = [line for line in after if line.startswith("| project ")] + rest
    whys = [why for _, why in (one for one in (hourly, summary) if one)]
    return dataclasses.replace(
        plan,
        kql="\n".join([*wheres, *([hourly[0]] if hourly else ()), *rest]),
        rationale=" ".join([plan.rationale, *whys]).strip(),
    )


def _hours(hours: HoursOfDay | None, table: TableSpec) -> tuple[str, str] | None:
    if hours is None or not table.time_column:
        return None
    return f"| where {hours.condition(table.time_column)}", f"Only {hours.means}, UTC."


def _hours_of(query: str) -> tuple[str, str] | None:
    found = re.search(r"^\| where .*\b(?:hourofday|dayofweek)\(.*$", query, re.M)
    return (found[0], "Same hours of the day.") if found else None


def _some_rows(text: str, table: TableSpec, limits: Limits) -> tuple[str, str] | None:
    """ "Show 9 events", "the first 100": so many rows, by time where the request says which."""
    match = _ROWS.search(text)
    if match is None:
        return None
    count = match["count"]
    said = (int(count) if count.isdigit() else 1) * (1000 if match["k"] else 1)
    number = min(said, limits.max_rows)
    if not number:
        return None
    words = [(match[name] or "").lower() for name in ("word", "word2", "word3")]
    cut = f" (asked for {said:,}, the limit is {number:,})" if number < said else ""
    oldest = any(word in _OLDEST for word in words)
    time = table.time_column
    if not time:
        return f"| take {number}", f"{number:,} rows{cut}."
    order = "asc" if oldest else "desc"
    which = "first" if oldest else "latest"
    return f"| top {number} by {time} {order}", f"The {which} {number:,} rows{cut}."


def _step(interval: str) -> str:
    match = INTERVAL.search(interval)
    if match is None:
        return ""
    number = match["every"] or match["every2"] or "1"
    unit = (match["unit"] or match["unit2"] or match["unit3"]).lower()[0]
    return f"{int(number)}{unit}"


def _summary(text: str, table: TableSpec, interval: str = "") -> tuple[str, str] | None:
    """The operators that count, and a sentence on them."""
    time = table.time_column
    times = f"First = min({time}), Last = max({time})"
    groups = _groups(text, table)
    per = _BY_TIME.search(text)
    span = _step(interval) or (_SPANS[(per["span"] or "hour").lower()] if per else "")
    if span:
        by = "".join(f", {name}" for name in groups)
        return (
            f"| summarize Records = count() by {time} = bin({time}, {span}){by}\n"
            f"| order by {time} asc",
            f"Counted in steps of {span}{' by ' + ', '.join(groups) if groups else ''}.",
        )
    if len(groups) > 1:
        by = ", ".join(groups)
        return (
            f"| summarize Records = count(), {times} by {by}\n| top {_MOST_GROUPS} by Records desc",
            f"Counted by {by}, the {_MOST_GROUPS} with the most records.",
        )
    if match := _MORE_THAN.search(text):
        return _threshold(match, table, times)
    ways = (_TOP, _WHICH_MOST, _PER, _COUNTED_BY, _BY)
    if match := next((found for way in ways if (found := way.search(text))), None):
        return _grouped(text, match, table, times)
    if match := _WHICH.fullmatch(text):
        return _numbered(match["what"] or "who", table, times)
    match = _HOW_MANY.search(text)
    return _numbered(match["what"] or "", table, times) if match else None


def _numbered(noun: str, table: TableSpec, times: str) -> tuple[str, str]:
    column = _column(noun, table)
    if not column:
        return f"| summarize Records = count(), {times}", "Counted, not listed."
    return (
        f"| summarize Records = count(), {times} by {column}\n| top {_MOST_GROUPS} by Records desc",
        f"One row for each {column}, at most {_MOST_GROUPS:,}: count the rows.",
    )


def _grouped(
    text: str, match: re.Match[str], table: TableSpec, times: str
) -> tuple[str, str] | None:
    groups = _groups(text, table)
    column = groups[0] if groups else _column(match["what"], table)
    if not column:
        return None
    found = match.groupdict()
    most, least = _most(match), found.get("least") or found.get("rare")
    what = _HOW_MANY_OF.search(text)
    if (other := _column_of(what["of"], table) if what else "") and other != column:
        return _distinct(column, other, times, text)
    if limit := _LEAST.search(text):
        return (
            f"| summarize Records = count(), {times} by {column}\n"
            f"| where Records {limit_of(limit)}\n| top {_MOST_GROUPS} by Records desc",
            f"Counted by {column}: those with {limit_of(limit)} records.",
        )
    return (
        f"| summarize Records = count(), {times} by {column}\n"
        f"| top {most} by Records {'asc' if least else 'desc'}",
        f"Counted by {column}, the {most} with the {'fewest' if least else 'most'} records.",
    )


def _distinct(column: str, other: str, times: str, text: str) -> tuple[str, str]:
    """ "Distinct countries per user": how many different values each group has."""
    limit = _LEAST.search(text)
    where = f"| where {other}s {limit_of(limit)}\n" if limit else ""
    return (
        f"| summarize {other}s = dcount({other}), Values = make_set({other}, 20),"
        f" Records = count(), {times} by {column}\n{where}| top {_MOST_GROUPS} by {other}s desc",
        f"How many different {other} each {column} has.",
    )


def limit_of(match: re.Match[str]) -> str:
    """The comparison with the number that a group has to reach."""
    sign = match["sign"] or _THAN[match["than"].lower()]
    return f"{sign} {_number(match['number'])}"


def _column_of(words: str, table: TableSpec) -> str:
    return _column(words, table) or columns_called(words, table)


def _threshold(match: re.Match[str], table: TableSpec, times: str) -> tuple[str, str] | None:
    """ "Accounts on more than 5 hosts": groups with many different values, or many records."""
    column, other = _column(match["what"], table), _column(match["other"] or "", table)
    if not column:
        return None
    than, number = _THAN[match["than"].lower()], _number(match["number"])
    differ = other and other != column
    what, count = (f"{other}s", f", {other}s = dcount({other})") if differ else ("Records", "")
    return (
        f"| summarize Records = count(){count}, {times} by {column}\n"
        f"| where {what} {than} {number}\n| top {_MOST_GROUPS} by {what} desc",
        f"Counted by {column}: those with {match['than'].lower()} {number}"
        f" {f'different {other}' if differ else 'records'}.",
    )


def _summary_of(query: str) -> tuple[str, str] | None:
    _, mark, rest = query.partition("\n| summarize ")
    return (f"| summarize {rest}", "Counted the same way.") if mark else None


def _most(match: re.Match[str]) -> int:
    count = match.groupdict().get("count")
    if count:
        return max(1, _number(count))
    return _DEFAULT_TOP if match.re in (_TOP, _WHICH_MOST) else _MOST_GROUPS


def _number(word: str) -> int:
    return int(word) if word.isdigit() else _WORD_NUMBERS[word.lower()]


_GROUPED = re.compile(
    r"\b(?:per|for each|group(?:ed|ing)? by|(?:counted?|summari[sz]ed?|broken down|split) by"
    r"|count\b.*?\bby)\s+(?P<list>[^.;?!]+)",
    re.I,
)


def _groups(text: str, table: TableSpec) -> tuple[str, ...]:
    """Columns to count by: those of "per user and host", "grouped by account, logon type"."""
    return tuple(dict.fromkeys(column for column, _ in _grouping(text, table)))


def _group_spans(text: str, table: TableSpec) -> list[tuple[int, int]]:
    return [
        match.span()
        for _, said in _grouping(text, table)
        for match in re.finditer(rf"(?<!\w){re.escape(said)}(?!\w)", text)
    ]


def _grouping(text: str, table: TableSpec) -> list[tuple[str, str]]:
    """The columns to count by, and the words for each."""
    found: list[tuple[str, str]] = []
    for match in _GROUPED.finditer(text):
        for item in re.split(r"\s*(?:,|&|\band\b|\bper\b|\bby\b)\s*", match["list"]):
            words = item.split()
            column = ""
            for length in range(min(4, len(words)), 0, -1):
                said = " ".join(words[:length]).strip("'\"")
                column = _column(said, table) or columns_called(said, table)
                if column:
                    break
            if not column:
                break
            if column != table.time_column:
                found.append((column, said))
            if length < len(words):
                break
    return found


def _column(noun: str, table: TableSpec) -> str:
    """The table's column for a noun, or empty."""
    for pattern, columns in _NOUNS.items():
        if re.fullmatch(pattern, noun, re.I):
            return next((name for name in columns if table.column(name)), "")
    return ""
