"""Requests for numbers ("how many", "top 10 accounts", "more than 5 hosts"), as queries. Pure."""

from __future__ import annotations

import dataclasses
import re

from soc_tui.analysts.offline.planner.grouping import (
    NOUN,
    column_of,
    column_of_noun,
    group_spans,
    grouped_by,
)
from soc_tui.analysts.offline.planner.row_limits import OLDEST_FIRST, ROWS, some_rows
from soc_tui.analysts.offline.planner.times import HoursOfDay
from soc_tui.model.catalog import Catalog, TableSpec
from soc_tui.model.limits import Limits
from soc_tui.model.plan import Plan

_MOST_GROUPS = 100
# What is left of a request whose subject was said before: "which hosts?", "who did that?".
_WHICH = re.compile(
    rf"\W*(?:and\s+)?(?:(?:to|from|on|by|for|at)\s+)?(?:(?:which|what)\s+(?P<what>{NOUN})"
    r"|(?P<who>whom?)(?:\s+(?:did|was|made|ran)\s+(?:it|that|this|them|those|these))?)\W*",
    re.I,
)
_SPANS = {"minute": "1m", "hour": "1h", "day": "1d"}
_TOP = re.compile(
    rf"\b(?:top(?:\s+(?P<count>\d{{1,3}}|ten|five|twenty))?|most (?:common|frequent|active|seen)"
    rf"|(?P<least>rarest|least (?:common|frequent|active|seen)))\s+(?:(?P<rare>rare|rarest"
    rf"|unusual|uncommon)\s+)?(?:\w+\s+)?(?P<what>{NOUN})\b",
    re.I,
)
_WHICH_MOST = re.compile(
    rf"\b(?P<what>{NOUN})\s+(?:\w+\s+){{0,2}}?(?:the\s+)?(?:most|highest|(?P<least>fewest|least"
    r"|lowest))\b(?!\s+(?:likely|probably|recent\w*|suspicious|of)\b)",
    re.I,
)
_PER = re.compile(rf"\b(?:per|for each|group(?:ed)? by|counted by)\s+(?P<what>{NOUN})\b", re.I)
# "By user" may be followed by the user's name, so it groups only at the end of a clause.
_BY = re.compile(
    rf"\bby\s+(?P<what>(?!who\b|\w+[^s]s\b)(?:{NOUN}))(?=\s*(?:$|[,.;?!]|\b(?:in|for|over"
    rf"|during|since|on"
    r"|from|last|past)\b))",
    re.I,
)
_COUNTED_BY = re.compile(
    r"\b(?:count(?:s|ed)?|numbers?|total|how many|group(?:ed)?)\b.*?"
    rf"\bby\s+(?P<what>{NOUN})\b",
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

_HOW_MANY = re.compile(
    rf"\b(?:how many|number of|count (?:of |the )?)\s*(?:different |distinct |unique )?"
    rf"(?P<what>{NOUN})?",
    re.I,
)
_MORE_THAN = re.compile(
    rf"\b(?P<what>{NOUN})\b(?P<between>.{{0,60}}?)\b(?P<than>more than|over|at least|fewer than"
    r"|less than)\s+(?P<number>\d{1,6}|two|three|five|ten|twenty)\s+"
    rf"(?:(?:different|distinct|unique)\s+)?(?:(?:internal|external|public|private)\s+)?"
    rf"(?P<other>{NOUN})?"
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
        least = (_LEAST,) if "| where " in summary[0] else ()
        found = [
            match.span() for way in (*ways, _HOW_MANY_OF, *least) for match in way.finditer(text)
        ]
        return found + group_spans(text, table)
    rows = [match.span() for match in ROWS.finditer(text)][:1]
    return rows + [match.span() for match in OLDEST_FIRST.finditer(text)]


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
    summary = summary or some_rows(text, table, limits)
    oldest = summary is None and OLDEST_FIRST.search(text) and table.time_column
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
    groups = grouped_by(text, table)
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
    column = column_of_noun(noun, table)
    if not column:
        return f"| summarize Records = count(), {times}", "Counted, not listed."
    return (
        f"| summarize Records = count(), {times} by {column}\n| top {_MOST_GROUPS} by Records desc",
        f"One row for each {column}, at most {_MOST_GROUPS:,}: count the rows.",
    )


def _grouped(
    text: str, match: re.Match[str], table: TableSpec, times: str
) -> tuple[str, str] | None:
    groups = grouped_by(text, table)
    column = groups[0] if groups else column_of_noun(match["what"], table)
    if not column:
        return None
    found = match.groupdict()
    most, least = _most(match), found.get("least") or found.get("rare")
    what = _HOW_MANY_OF.search(text)
    if (other := column_of(what["of"], table) if what else "") and other != column:
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


def _threshold(match: re.Match[str], table: TableSpec, times: str) -> tuple[str, str] | None:
    """ "Accounts on more than 5 hosts": groups with many different values, or many records."""
    column, other = (
        column_of_noun(match["what"], table),
        column_of_noun(match["other"] or "", table),
    )
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
