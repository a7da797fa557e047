"""Time ranges in the words of a request: "last 3 days", "since Monday", "24h"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

_UNITS_TEXT = "zero|a an one single|two couple|three|four|five|six|seven|eight|nine|ten|eleven"
_NUMBERS = {
    word: number
    for number, words in enumerate(_UNITS_TEXT.split("|"))
    for word in words.split()
} | {
    "twelve": 12, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24, "thirty": 30,
    "forty-eight": 48, "sixty": 60, "seventy-two": 72, "ninety": 90,
}  # fmt: skip
_UNIT_HOURS = {"m": 1 / 60, "h": 1.0, "d": 24.0, "w": 168.0, "mo": 720.0}
_UNIT = r"(?P<unit>minutes?|mins?|hours?|hrs?|days?|nights?|weeks?|wks?|months?|fortnights?|[mhdw])"
_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_COUNT = rf"(?:(?P<count>\d{{1,5}}(?:\.\d+)?)[\s-]*|(?P<word>{_WORDS})(?:\s+of)?[\s-]+)"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LAST = r"\b(?:last|past|previous|preceding|recent)"

_COUNTED = re.compile(
    rf"(?:{_LAST}\s+|\b(?:in|within|over|for)\s+(?:the\s+)?)?\b{_COUNT}{_UNIT}\b"
    r"(?!\s*[-/]\s*\d)",
    re.I,
)
_ONE = re.compile(rf"{_LAST}\s+{_UNIT}\b", re.I)
_SINCE_DAY = re.compile(rf"\b(?:since|from|on|last)\s+(?P<day>{'|'.join(_DAYS)})\b", re.I)
_SINCE_DATE = re.compile(r"\b(?:since|from|after|on)\s+(?P<date>\d{4}-\d\d-\d\d)\b", re.I)
_SINCE_CLOCK = re.compile(r"\bsince\s+(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)\b", re.I)
_NAMED = re.compile(
    r"\b(?P<name>today|yesterday|last night|tonight|overnight|this morning|this week|this month"
    r"|this year|weekend)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class TimeRange:
    """How far back from now, hours, and the words that said so."""

    hours: float
    words: str


def time_range(text: str, now: dt.datetime) -> TimeRange | None:
    """The time range that a request names, or None. Days begin at midnight UTC."""
    for pattern, hours in _READERS:
        match = pattern.search(text)
        if match is not None:
            found = hours(match, now)
            if found > 0:
                return TimeRange(found, " ".join(match[0].split()))
    return None


def _counted(match: re.Match[str], now: dt.datetime) -> float:
    digits, word = match["count"], match["word"]
    return (float(digits) if digits else _NUMBERS[word.lower()]) * _unit(match)


def _one(match: re.Match[str], now: dt.datetime) -> float:
    return _unit(match)


def _unit(match: re.Match[str]) -> float:
    unit = match["unit"].lower()
    if unit.startswith("mo"):
        return _UNIT_HOURS["mo"]
    if unit.startswith("fortnight"):
        return 2 * _UNIT_HOURS["w"]
    return _UNIT_HOURS["d" if unit.startswith("night") else unit[0]]


def _since_day(match: re.Match[str], now: dt.datetime) -> float:
    days = (now.weekday() - _DAYS.index(match["day"].lower())) % 7
    if days == 0 and match[0].lower().startswith("last"):
        days = 7
    return _since(_midnight(now) - dt.timedelta(days=days), now)


def _since_date(match: re.Match[str], now: dt.datetime) -> float:
    try:
        day = dt.datetime.fromisoformat(match["date"]).replace(tzinfo=now.tzinfo)
    except ValueError:
        return 0.0
    return _since(day, now)


def _since_clock(match: re.Match[str], now: dt.datetime) -> float:
    moment = now.replace(
        hour=int(match["hour"]), minute=int(match["minute"]), second=0, microsecond=0
    )
    return _since(moment if moment < now else moment - dt.timedelta(days=1), now)


def _named(match: re.Match[str], now: dt.datetime) -> float:
    midnight = _midnight(now)
    day = dt.timedelta(days=1)
    starts = {
        "today": midnight,
        "this morning": midnight,
        "tonight": midnight,
        "yesterday": midnight - day,
        "last night": midnight - dt.timedelta(hours=6),
        "overnight": midnight - dt.timedelta(hours=6),
        "this week": midnight - now.weekday() * day,
        "weekend": midnight - ((now.weekday() - 5) % 7) * day,
        "this month": midnight.replace(day=1),
        "this year": midnight.replace(month=1, day=1),
    }
    return max(_since(starts[match["name"].lower()], now), 1.0)


def _midnight(now: dt.datetime) -> dt.datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _since(start: dt.datetime, now: dt.datetime) -> float:
    return (now - start).total_seconds() / 3600


_READERS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], dt.datetime], float]], ...] = (
    (_COUNTED, _counted),
    (_SINCE_DATE, _since_date),
    (_SINCE_CLOCK, _since_clock),
    (_SINCE_DAY, _since_day),
    (_NAMED, _named),
    (_ONE, _one),
)
