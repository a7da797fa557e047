"""The other range that may be meant: a rolling one, or the latest evening that has been. Pure."""

from __future__ import annotations

import datetime as dt
import re

from soc_tui.analysts.offline.planner.times import time_range

_CALENDAR = {
    "today": (24.0, "the last 24 hours"),
    "this week": (168.0, "the last 7 days"),
    "this month": (720.0, "the last 30 days"),
    "this year": (8760.0, "the last 365 days"),
    "since monday": (168.0, "the last 7 days"),
    "this quarter": (2160.0, "the last 90 days"),
    "this morning": (24.0, "the last 24 hours"),
    "this afternoon": (24.0, "the last 24 hours"),
    "this evening": (24.0, "the last 24 hours"),
    "tonight": (24.0, "the last 24 hours"),
}
_THIS = re.compile(r"\b(?:last|since|from|after|between|this)\s+$", re.I)
_JUST_BEGUN = {"today": 6.0, "this week": 36.0, "this month": 72.0, "since monday": 36.0,
    "this year": 168.0, "this morning": 3.0, "this quarter": 168.0, "this afternoon": 1.0,
    "this evening": 1.0, "tonight": 1.0,
}  # fmt: skip


_LATEST = {
    "this morning": "yesterday morning", "this afternoon": "yesterday afternoon",
    "this evening": "yesterday evening", "tonight": "last night", "this night": "last night",
}  # fmt: skip


def latest(text: str, now: dt.datetime) -> str:
    """The request with the latest such part of a day, where the one it names is still to come."""
    span = time_range(text, now)
    if span is None or not span.to_come:
        return ""
    for words, instead in _LATEST.items():
        if re.search(rf"\b{words}\b", text, re.I):
            return re.sub(rf"\b{words}\b", instead, text, count=1, flags=re.I)
    return ""


def rolling(text: str, now: dt.datetime) -> str:
    """The request with a rolling range, where it names a day, week or month just begun.

    "Today" at half past midnight is half an hour: empty, or nearly. Empty text where all is well.
    """
    month = re.search(rf"\b(?:in|during)\s+{now:%B}\b(?!\s+\d)", text, re.I)
    if month and now.day * 24 < _JUST_BEGUN["this month"] + 24:
        return f"{text[: month.start()]}in the last 30 days{text[month.end() :]}"
    for words, (_, instead) in _CALENDAR.items():
        found = re.search(rf"\b(?:(?:in|during|since|from)\s+)?{words}\b", text, re.I)
        if found is None:
            continue
        span = time_range(text, now)
        begun = span is not None and not span.to_come and words in span.words.lower()
        if span is not None and begun and span.hours < _JUST_BEGUN[words]:
            return f"{text[: found.start()]}in {instead}{text[found.end() :]}"
        # A range that has not even begun is none.
        if span is None and words in ("today", "this week", "this month"):
            return f"{text[: found.start()]}in {instead}{text[found.end() :]}"
    # On a Monday, "on Monday" may be the one a week ago.
    day = f"{now:%A}"
    found = re.search(rf"\b(?:on\s+)?{day}\b", text, re.I)
    if found is None or _THIS.search(text[: found.start()]):
        return ""
    span = time_range(text, now)
    begun = span is not None and not span.to_come and day.lower() in span.words.lower()
    if span and begun and span.until is None and span.hours < _JUST_BEGUN["today"]:
        return f"{text[: found.start()]}on last {day}{text[found.end() :]}"
    return ""
