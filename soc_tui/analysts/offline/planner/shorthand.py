"""What analysts type short ("w/o", "procs", "28 Nov 20:00"), as what it stands for. Pure."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from functools import cache

from soc_tui.analysts.offline.planner import days
from soc_tui.analysts.offline.planner.moments import in_order

# Short form and what it stands for, matched without case as whole words.
_SHORT = {
    r"w/o": "without", r"w/": "with ", r"b/w": "between", r"btwn?": "between",
    r"excl\.?": "excluding", r"incl\.?": "including", r"procs": "processes", r"proc": "process",
    r"conns": "connections", r"conn": "connection", r"cmds": "commands", r"accts": "accounts",
    r"acct": "account",
    r"pwds?|passwds?": "password", r"yday|yest": "yesterday", r"cnt": "count",
    r"attmpts?": "attempts", r"whos|who's": "who is", r"evts?": "events", r"msgs": "messages",
    r"dl(?:'d|ed)": "downloaded", r"auths": "authentications", r"regkeys?": "registry keys",
    r"svcs": "services", r"pls|plz": "please", r"approx\.?": "about", r"prev": "previous",
    r"wkst(?:n)?s?": "workstations", r"srvs": "servers", r"sus": "suspicious", r"fwd": "forward",
    r"isnt": "isn't", r"arent": "aren't", r"wasnt": "wasn't", r"werent": "weren't",
    r"doesnt": "doesn't", r"didnt": "didn't", r"dont": "don't", r"hasnt": "hasn't",
    r"since midnight": "today",
    r"since (?:noon|midday)": "since 12:00",
    r"(?:at|around|about) (?:noon|midday)": "around 12:00",
    r"(?:before|until) (?:noon|midday)": "before 12:00", r"after (?:noon|midday)": "after 12:00",
    r"after midnight": "after 0:00", r"before midnight": "between 21:00 and 23:59",
    r"(?:around|about|at) midnight": "around 0:00",
    r"(?:at|over|during|around) (?:the )?lunch(?:time| break| hour)?": "between 11:30 and 13:30",
    r"alert(?= (?=[0-9a-f]*\d)[0-9a-f]{8,}\b)": "alert id",
    r"signins?": "sign-ins", r"sign ins": "sign-ins",
}  # fmt: skip
_QUOTED = re.compile(r"(\"[^\"]*\"|“[^”]*”|(?<!\w)'[^'\n]*'(?!\w))")
_CLOCK = re.compile(r"\b\d{1,2}:\d\d\b")
_NAMES = "|".join(calendar.month_name[1:])
_IN_MONTH = re.compile(
    rf"\b(?:in|during|throughout|for)\s+(?:the month of\s+)?(?P<month>{_NAMES})"
    r"(?:\s+(?P<year>20\d\d))?(?!\s+\d)(?!\w)",
    re.I,
)
_PARTS = {
    "morning": "06:00 and 12:00", "afternoon": "12:00 and 18:00", "evening": "18:00 and 23:59",
}  # fmt: skip
_PART_OF_DAY = re.compile(
    rf"\b(?:on\s+)?(?P<day>yesterday|today|{'|'.join(calendar.day_name)})\s+(?P<part>{'|'.join(_PARTS)})\b",
    re.I,
)
_NAMED_DAY = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_NAMES}|{'|'.join(calendar.month_abbr[1:])})"
    rf"|(?:{_NAMES}|{'|'.join(calendar.month_abbr[1:])})\s+\d{{1,2}}(?:st|nd|rd|th)?(?!:))"
    r"(?:,?\s+20\d\d)?(?![\w:])",
    re.I,
)


def written_out(text: str, now: dt.datetime) -> str:
    """The request in full words, its dates as year-month-day where that is sure.

    What stands in quotation marks stays.
    """
    pieces = _QUOTED.split(text)
    whole = "".join(one if number % 2 else _full(one) for number, one in enumerate(pieces))
    whole = _PART_OF_DAY.sub(_clocks, whole)
    whole = _IN_MONTH.sub(lambda match: _month(match, now), whole)
    if _CLOCK.search(whole):
        whole = _NAMED_DAY.sub(lambda match: _day(match, now), whole)
    return in_order(whole, now)


def _full(text: str) -> str:
    for say, full in _patterns():
        text = say.sub(full, text)
    return text


def _clocks(match: re.Match[str]) -> str:
    return f"between {_PARTS[match['part'].lower()]} {match['day']}"


def _day(match: re.Match[str], now: dt.datetime) -> str:
    found = days.day(match[0], now)
    return f"{found:%Y-%m-%d}" if found else match[0]


def _month(match: re.Match[str], now: dt.datetime) -> str:
    """A month as its days: the latest one of that name that is not in the future."""
    number = [name.lower() for name in calendar.month_name].index(match["month"].lower())
    year = int(match["year"] or (now.year if number <= now.month else now.year - 1))
    last = calendar.monthrange(year, number)[1]
    if (year, number) == (now.year, now.month):
        last = now.day
    return f"between {year}-{number:02d}-01 and {year}-{number:02d}-{last:02d}"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(rf"(?<![\w.@\\/-])(?:{short})(?![\w@\\])", re.I), full)
        for short, full in _SHORT.items()
    )
