from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soc_tui.analysts.offline.planner.times import time_range

_WORDS_TEXT = """
between from to and since before after around on last past this week yesterday monday november
8 10 24 99 08:00 24:00 8pm 0am utc 2026-11-20 2026-02-30 hours days night weekend
"""
WORDS = _WORDS_TEXT.split()
NOW = dt.datetime(2026, 11, 24, 13, 30, tzinfo=dt.UTC)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("logons in the last 3 days", 72),
        ("past 12 hours", 12),
        ("last 90 minutes", 1.5),
        ("24h", 24),
        ("the last 7d", 168),
        ("over the past two weeks", 336),
        ("last hour", 1),
        ("last week", 168),
        ("last month", 720),
        ("a day", 24),
        ("the last couple of days", 48),
        ("last 1.5 hours", 1.5),
        ("48-hour window", 48),
        ("today", 13.5),
        ("yesterday", 37.5),
        ("this week", 37.5),
        ("since Monday", 37.5),
        ("since tuesday", 13.5),
        ("since last friday", 109.5),
        ("since 09:00", 4.5),
        ("since 20:00", 17.5),
        ("since 2026-11-20", 109.5),
        ("last night", 19.5),
        ("this month", 565.5),
        ("three nights", 72),
        ("half an hour", 0.5),
    ],
)
def test_words_to_hours(text: str, hours: float) -> None:
    found = time_range(text, NOW)
    assert found is not None
    assert found.hours == pytest.approx(hours)


@pytest.mark.parametrize(
    "text",
    [
        "suspicious powershell",
        "hosts win-07 and win-08",
        "a domain",
        "and more",
        "since 2026-13-45",
        "port 3389",
        "T1059",
        "since 2027-01-01",
        "between 10.0.0.1 and 10.0.0.2",
        "between 2 and 5 hosts",
        "from 4 to 6 connections",
        "at 3 hosts",
        "march",
        "tomorrow",
        "",
    ],
)
def test_no_time_is_read_into_other_words(text: str) -> None:
    assert time_range(text, NOW) is None


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("between 8 and 10 UTC", "24T08:00", "24T10:00"),
        ("logons between 08:15 and 10:45 yesterday", "23T08:15", "23T10:45"),
        ("yesterday between 8 and 10", "23T08:00", "23T10:00"),
        ("from 02:00 to 04:00", "24T02:00", "24T04:00"),
        ("between 8pm and 11pm", "23T20:00", "23T23:00"),  # tonight has not come yet
        ("between 1 and 3pm on Monday", "23T13:00", "23T15:00"),
        ("between 22:00 and 02:00", "23T22:00", "24T02:00"),
        ("after 22:00 yesterday", "23T22:00", "24T00:00"),
        ("before 6am", "24T00:00", "24T06:00"),
        ("around 09:30", "24T09:15", "24T09:45"),
        ("yesterday", "23T00:00", "24T00:00"),
        ("since yesterday", "23T00:00", None),
        ("on Friday", "20T00:00", "21T00:00"),
        ("last Tuesday", "17T00:00", "18T00:00"),
        ("since last Friday", "20T00:00", None),
        ("on 2026-11-20", "20T00:00", "21T00:00"),
        ("20 November", "20T00:00", "21T00:00"),
        ("since Nov 20th", "20T00:00", None),
        ("between 2026-11-18 and 2026-11-20", "18T00:00", "21T00:00"),
        ("from Friday to Sunday", "20T00:00", "23T00:00"),
        ("last night", "23T18:00", "24T06:00"),
        ("over the weekend", "21T00:00", "23T00:00"),
        ("this morning", "24T00:00", "24T12:00"),
        ("today", "24T00:00", None),
        ("this week", "23T00:00", None),
        ("in the last 3 days", None, None),
    ],
)
def test_words_to_moments(text: str, since: str | None, until: str | None) -> None:
    found = time_range(text, NOW)
    assert found is not None
    moments = [
        None if one is None else one.strftime("%dT%H:%M") for one in (found.since, found.until)
    ]
    assert moments == [since, until]
    if found.since:
        assert found.hours == pytest.approx((NOW - found.since).total_seconds() / 3600)


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_past_range_or_none(text: str) -> None:
    found = time_range(text, NOW)
    if found is None:
        return
    assert found.hours > 0
    assert found.since is None or found.since < NOW
    assert found.until is None or (found.since is not None and found.since < found.until < NOW)
