"""Dates with times of day in a request: "2026-11-29 20:44", "11/29/2026 8:44 PM", ISO stamps. Pure.

A date of slashes or points may be month first (the United States) or day first (Europe). Where both
would be days before now, it is ambiguous, and is asked back.
"""

from __future__ import annotations

import datetime as dt
import re

_SLASHED = r"\d{1,2}[/.]\d{1,2}[/.](?:20)\d\d|\d{1,2}-\d{1,2}-20\d\d"
_ISO = r"20\d\d[-/]\d{1,2}[-/]\d{1,2}"
_CLOCK = r"(?:\d{1,2}[:.]\d\d(?:[:.]\d\d(?:\.\d+)?)?(?:\s*[ap]\.?m\b)?|\d{1,2}\s*[ap]m\b)"
_ZONE = r"(?:\s*(?:Z|UTC|GMT|\+00:?00)){0,2}"
_DATE = rf"(?:{_ISO}|{_SLASHED})"
_STAMP = (
    rf"{_DATE}(?:(?:T|\s+(?:at\s+)?|,\s*){_CLOCK}{_ZONE}\b)?|{_CLOCK}{_ZONE}\s+(?:on\s+)?{_DATE}"
)
_END = r"(?![\w/:-]|\.\d)"

BETWEEN = re.compile(
    rf"(?:\b(?:between|from|for)\s+)?(?<![\w/-])(?P<from>{_STAMP})\s*(?:and|to|till|until"
    rf"|through|-|–|\.\.)\s*"
    rf"(?P<to>{_STAMP}|{_CLOCK}{_ZONE}){_END}"
    rf"|\bbetween\s+(?P<clock>{_CLOCK})\s+(?:and|to"
    rf"|-)\s+(?P<clock2>{_CLOCK}){_ZONE}\s+on\s+(?P<day>{_DATE}){_END}",
    re.I,
)
FROM = re.compile(
    rf"\b(?P<word>(?:on\s+or\s+)?after|since|later\s+than|starting(?:\s+(?:from|on|at))?|from"
    rf"|not\s+before)\s+"
    rf"(?P<at>{_STAMP}){_END}",
    re.I,
)
UNTIL = re.compile(
    rf"\b(?P<word>(?:on\s+or\s+)?before|until|till|up\s+to|prior\s+to"
    rf"|earlier\s+than)\s+(?P<at>{_STAMP}){_END}",
    re.I,
)
AT = re.compile(
    rf"(?:\b(?P<word>on|at|around|about|of|for)\s+)?(?<![\w/.-])(?P<at>{_STAMP}){_END}", re.I
)
_SLASHES = re.compile(
    r"(?<![\w/.-])(?P<one>\d{1,2})(?P<mark>[/.-])(?P<two>\d{1,2})(?P=mark)(?P<year>20\d\d)(?![\w/-])"
)
_PARTS = re.compile(rf"(?P<date>{_DATE})", re.I)
_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?)?(?:\.\d+)?\s*(?P<half>[ap])?",
    re.I,
)

MONTH_FIRST, DAY_FIRST = "month first", "day first"
"""Answers to the question about an ambiguous date."""


def between(
    first: str | None, last: str, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime] | None:
    """From one moment to another; the second may be only a time of the same day."""
    begin = moment(first or "", now)
    if begin is None:
        return None
    until = moment(last, now)
    if until is None and (clock := _clock(last)) is not None:
        midnight = begin[0].replace(hour=0, minute=0, second=0)
        until = midnight + clock, dt.timedelta(0)
    if until is None:
        return None
    # A moment ends the range; a day belongs to it as a whole.
    whole = until[1] >= dt.timedelta(days=1)
    return begin[0], until[0] + (until[1] if whole else dt.timedelta(0))


def moment(words: str, now: dt.datetime) -> tuple[dt.datetime, dt.timedelta] | None:
    """When a match of a moment begins (UTC) and how long it is: a day, a minute or a second."""
    date = _PARTS.search(words)
    if date is None:
        return None
    day = _day(date["date"], now)
    if day is None:
        return None
    rest = (words[: date.start()] + " " + words[date.end() :]).strip(" T,tZz")
    rest = re.sub(r"\b(?:on|at|utc|gmt)\b|\+00:?00", " ", rest, flags=re.I).strip(" T,tZz")
    if not rest:
        return day, dt.timedelta(days=1)
    clock = _clock(rest)
    if clock is None:
        return None
    seconds = re.search(r"\d[:.]\d\d[:.]\d\d", rest) is not None
    return day + clock, dt.timedelta(seconds=1) if seconds else dt.timedelta(minutes=1)


def ambiguous(text: str, now: dt.datetime) -> str:
    """The first date that may be month first or day first, or empty.

    One date of a request that can only be read one way settles the others.
    """
    if _order(text, now):
        return ""
    found = next((one for one in _SLASHES.finditer(text) if one["one"] != one["two"]), None)
    return found[0] if found else ""


def in_order(text: str, now: dt.datetime, order: str = "") -> str:
    """The request with its dates of slashes written as year-month-day, where that is sure."""
    order = order or _order(text, now)

    def iso(match: re.Match[str]) -> str:
        one, two = int(match["one"]), int(match["two"])
        month, day = (one, two) if order == MONTH_FIRST else (two, one)
        return f"{match['year']}-{month:02d}-{day:02d}" if order or one == two else match[0]

    return _SLASHES.sub(iso, text)


def _order(text: str, now: dt.datetime) -> str:
    for match in _SLASHES.finditer(text):
        one, two, year = int(match["one"]), int(match["two"]), int(match["year"])
        month_first = _possible(year, one, two, now)
        day_first = _possible(year, two, one, now)
        if match["mark"] == ".":  # never written so in the United States
            return DAY_FIRST
        if month_first != day_first:
            return MONTH_FIRST if month_first else DAY_FIRST
    return ""


def _possible(year: int, month: int, day: int, now: dt.datetime) -> bool:
    try:
        return dt.datetime(year, month, day, tzinfo=dt.UTC) <= now
    except ValueError:
        return False


def _day(words: str, now: dt.datetime) -> dt.datetime | None:
    numbers = [int(one) for one in re.findall(r"\d+", words)]
    if numbers[0] < 100:
        one, two, year = numbers
        numbers = [year, two, one] if _order(words, now) == DAY_FIRST else [year, one, two]
    try:
        return dt.datetime(numbers[0], numbers[1], numbers[2], tzinfo=dt.UTC)
    except ValueError:
        return None


def _clock(words: str) -> dt.timedelta | None:
    match = _TIME.match(words.strip())
    if match is None:
        return None
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half == "p" and hour < 12:
        hour += 12
    if half == "a" and hour == 12:
        hour = 0
    if hour > 24:
        return None
    return dt.timedelta(
        hours=hour, minutes=int(match["minute"] or 0), seconds=int(match["second"] or 0)
    )
