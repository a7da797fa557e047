"""Days in the words of a request: "yesterday", "Monday", "2026-11-20", "20 November"."""

from __future__ import annotations

import datetime as dt
import re

ONE = dt.timedelta(days=1)

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" if name[3:] else name for name in _MONTHS)
_ORDINAL = r"(?:st|nd|rd|th)?"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)
_DAY_MONTH = re.compile(rf"(\d{{1,2}}){_ORDINAL}\s+({_MONTH})(?:\s+(\d{{4}}))?", re.I)
_MONTH_DAY = re.compile(rf"({_MONTH})\s+(\d{{1,2}}){_ORDINAL}(?:,?\s+(\d{{4}}))?", re.I)

DAY = (
    rf"(?:today|yesterday|{'|'.join(_WEEKDAYS)}|\d{{4}}-\d\d-\d\d"
    rf"|\d{{1,2}}{_ORDINAL}\s+(?:{_MONTH})(?:\s+\d{{4}})?"
    rf"|(?:{_MONTH})\s+\d{{1,2}}{_ORDINAL}(?:,?\s+\d{{4}})?)(?![\w-])"
)
"""Regular expression of a day, without groups."""


def midnight(moment: dt.datetime) -> dt.datetime:
    """When the day of `moment` began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def day(words: str, now: dt.datetime, *, last: bool = False) -> dt.datetime | None:
    """When the day that `words` (a match of DAY) mean began, UTC; None when there is no such day.

    A weekday is the latest one up to today, with `last` before today; a date without a year the
    latest one that is not in the future.
    """
    word = words.lower()
    if word in ("today", "yesterday"):
        return midnight(now) - ONE * (word == "yesterday")
    if word in _WEEKDAYS:
        back = (now.weekday() - _WEEKDAYS.index(word)) % 7
        return midnight(now) - ONE * (7 if last and back == 0 else back)
    return _date(word, now)


def _date(word: str, now: dt.datetime) -> dt.datetime | None:
    if match := _DATE.fullmatch(word):
        return _made(int(match[1]), int(match[2]), int(match[3]), now)
    if match := _DAY_MONTH.fullmatch(word):
        number, name, year = match.groups()
    elif match := _MONTH_DAY.fullmatch(word):
        name, number, year = match.groups()
    else:
        return None
    month = next(n for n, full in enumerate(_MONTHS, start=1) if full.startswith(name[:3]))
    if year:
        return _made(int(year), month, int(number), now)
    found = _made(now.year, month, int(number), now)
    return found if found and found <= now else _made(now.year - 1, month, int(number), now)


def _made(year: int, month: int, number: int, now: dt.datetime) -> dt.datetime | None:
    try:
        return midnight(now).replace(year=year, month=month, day=number)
    except ValueError:
        return None
